"""qbwc-bridge: payments from QuickBooks Desktop, shown to the people who ask "how much has been paid?".

Words used everywhere in this package
-------------------------------------
Web Connector   Intuit's Windows program that carries messages between QuickBooks Desktop and a SOAP service. It calls; it
                cannot be called.
company         one set of books: one QuickBooks company file, one connector sign-in, its projects and people.
customer:job    an entry of QuickBooks' customer list. A job is a customer with a parent; ``Smith:Kitchen`` is its full name.
ListID          QuickBooks' lasting key of a customer:job. Names change, the ListID does not.
TxnID           QuickBooks' lasting key of a transaction (a payment, an invoice …).
project         what this site shows to staff and clients. It is *linked* to one customer:job.
conversation    the calls of one Web Connector update, from ``authenticate`` to ``closeConnection``.
ticket          the secret that names a conversation in each of its calls.
message         one qbXML document with several requests in it; its answer is one document too. One *round* is both.
request         one row of the queue: one qbXML query. Its row number travels as ``requestID``.
iterator        QuickBooks' way of paging through an answer. It dies with the conversation.
complete pull   all payments that can concern one link, drained to the last page. Only then is anything replaced.
part            the share of a payment that belongs to one customer:job. The parts of a payment add up to its total.
held            QuickBooks answered "nothing" where there was something; nothing is removed until an admin agrees.
notice          a message to people or programs outside. An *episode* is one trouble, told when it begins and when it is over.
HRESULT         the Windows error number the Web Connector reports, such as ``0x80040408``.
"""

__version__ = "0.1.0"
