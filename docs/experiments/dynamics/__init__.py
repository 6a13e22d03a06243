"""When does GAN training converge?"""
