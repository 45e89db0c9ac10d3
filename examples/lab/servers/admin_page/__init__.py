"""Consoles for the driver `admin_page`: a form whose page a test writes, and a page that tries every way to send.

They follow no product; they follow what browsers do.
"""
