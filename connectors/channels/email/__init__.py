"""E-mail: IMAP in, SMTP out. What it does and does not do stands in docs/email.md.

Nothing is imported here: the process that parses foreign mails loads single modules of this package, and quickly.
"""
