"""Product copy from a grammar: documents of six genres in English and Chinese, each consistent in itself.

framework.py says what a language must offer and which combinations stay out of training; english/ and
chinese/ are the languages; generate.py is the command.
"""
