"""What the shell offers of this package, one command a file: ``main(argv) -> exit status``."""
