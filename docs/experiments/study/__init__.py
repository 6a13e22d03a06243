"""Are GANs created equal?"""
