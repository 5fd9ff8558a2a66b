"""The qbXML requests, one Jinja2 file each. A package only so that every kind of install carries them."""
