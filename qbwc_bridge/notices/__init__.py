"""Telling people what they would want to know: trouble and its end, once each, and new payments; by email or signed webhook.

    watching   → is there something to tell a company?  facts → summary.episodes → rows of the outbox
    news       → which payments are new since the last look
    words      → the subject, the text and the JSON document of each notice
    sending    → the rows that are due, one by one: taken, sent outside of any transaction, sent or put off
    mail, webhooks → the two ways out, and dialling, which decides whom they may reach
    settings   → what an admin chooses

What flows in: what the store knows, the configuration, the moment. What flows out: messages to the outside, and rows that
say what became of them. This room never knows a page, a table or the Web Connector, and nothing it logs names an address.
"""
