"""The site: the only room that knows Flask.

What flows in: requests of people and programs, the records and summaries of the store. What flows out: pages, exports and
decisions of people, handed to ``connector`` and ``store``. It will never know SOAP, qbXML or how QuickBooks is reached.

``app`` puts it together, ``access`` decides who may do what, ``exports``, ``chart``, ``filters``, ``figures`` and ``formats``
are pure and also serve the command line. This file imports nothing, so that they come without Flask.
"""
