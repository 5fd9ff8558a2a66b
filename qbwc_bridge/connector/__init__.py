"""The conversation with the Web Connector, callable without a network, and the queue it works through.

What flows in: the Web Connector's calls as plain text and numbers. What flows out: what it gets back, and rows in the
store. This room never knows SOAP, HTTP or a page.
"""
