"""The only room that knows SQLAlchemy: tables, one module per aggregate, migrations.

What flows in: records and a company id, first argument after the connection, always. What flows out: records. It never
knows where a request comes from, what qbXML looks like, or what a page shows; it never reads the clock.
"""
