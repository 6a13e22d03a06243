"""Venues of several works."""

CVPR = "Proceedings of the IEEE Conference on Computer Vision and Pattern Recognition"
ICLR = "International Conference on Learning Representations"
ICML = "Proceedings of the {}th International Conference on Machine Learning"
NEURIPS = "Advances in Neural Information Processing Systems {}"
