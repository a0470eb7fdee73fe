"""What `manage.py demo` is made of: a file of variables, four accounts and three processes."""
