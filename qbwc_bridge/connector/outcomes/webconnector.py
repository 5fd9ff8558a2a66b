"""The Web Connector's own codes, shown in its window and in QWCLog.txt (protocol reference 6.5)."""

from qbwc_bridge.connector.outcomes.rows import OPEN_QUICKBOOKS, READ_QWCLOG, REPAIR

NEW_QWC = "An admin downloads the .qwc file again and adds it at the QuickBooks computer."
PUBLIC_URL = (
    "Whoever runs qbwc-bridge corrects public_url in the configuration; then the .qwc file is downloaded again."
)
SERVER_LOG = (
    "Whoever runs qbwc-bridge looks for this moment in its log, and runs qbwc-bridge test-connection from outside."
)
TYPE_PASSWORD = "At the QuickBooks computer, type the connector's password into the Web Connector again."  # noqa: S105
WINDOWS_RIGHTS = (
    "At the QuickBooks computer, give the Windows user the right to write in the Web Connector's log folder."
)
FINE = "Nothing needs to be done: it is only a notice."

# fmt: off
WEB_CONNECTOR = (
    ("QBWC1000", "The service and its support page are on different domains.",
     "AppURL and AppSupport of the .qwc file do not match", NEW_QWC),
    ("QBWC1001 QBWC1002", "The .qwc file has an IP address where a host name is needed.",
     "AppURL or AppSupport is an IP address", PUBLIC_URL),
    ("QBWC1003", "The support page did not answer as it should.",
     "the Web Connector wants status 200 without signing in", SERVER_LOG),
    ("QBWC1004", "The support page could not be reached.",
     "the address, the network or the certificate is wrong", SERVER_LOG),
    ("QBWC1005 QBWC1006", "The Web Connector could not write its log.", "QWCLog.txt cannot be opened", WINDOWS_RIGHTS),
    ("QBWC1033", "The Web Connector could not start properly.", "its log or its settings cannot be opened", REPAIR),
    ("QBWC1007 QBWC1008", "The Web Connector could not connect to QuickBooks, twice.",
     "QuickBooks is closed, has no company file open, or shows a dialog", OPEN_QUICKBOOKS),
    ("QBWC1009", "Connecting to QuickBooks was cancelled.", "somebody pressed Cancel", OPEN_QUICKBOOKS),
    ("QBWC1010", "The address of the service is not secure.", "AppURL is not https and not localhost", PUBLIC_URL),
    ("QBWC1011 QBWC1032", "The Web Connector lost its registration of this application.",
     "its entry in the Windows registry is gone", NEW_QWC),
    ("QBWC1012", "The Web Connector could not sign in to the service.",
     "the service could not be reached or its answer could not be read", SERVER_LOG),
    ("QBWC1013", "The Web Connector could not connect to QuickBooks.",
     "QuickBooks is closed, has another company file open, or shows a dialog", OPEN_QUICKBOOKS),
    ("QBWC1014", "QuickBooks did not say which company file is open.",
     "its answer about host, company or preferences was missing or unreadable", READ_QWCLOG),
    ("QBWC1015", "The Web Connector had trouble closing its session with QuickBooks.",
     "QuickBooks was closed first; usually harmless", FINE),
    ("QBWC1016", "No application was selected in the Web Connector.",
     "Update Selected was pressed without a tick", "At the QuickBooks computer, tick the application and try again."),
    ("QBWC1018 QBWC1019", "There was nothing to select in the Web Connector.", "its list is empty or all set", FINE),
    ("QBWC1020", "The Web Connector was asked to exit although updates are scheduled.",
     "updates run only while the Web Connector runs", "At the QuickBooks computer, leave the Web Connector running."),
    ("QBWC1017", "Some applications failed in the last update.",
     "each of them has its own reason", READ_QWCLOG),
    ("QBWC1021", "The Web Connector did not find QuickBooks' interface for other programs.",
     "QuickBooks is not installed properly", REPAIR),
    ("QBWC1022 QBWC1023", "QuickBooks could not be reached while the application was being added.",
     "QuickBooks is closed, has no company file open, or shows a dialog", OPEN_QUICKBOOKS),
    ("QBWC1024", "Adding the application was cancelled.", "somebody pressed Cancel", OPEN_QUICKBOOKS),
    ("QBWC1025 QBWC1027", "The company file could not be marked for this application.",
     "looking for the FileID, or registering it, failed in QuickBooks", READ_QWCLOG),
    ("QBWC1026", "The company file could not be marked for this application.",
     "the FileID could not be added; perhaps it is in use", "Add the same .qwc file on the computer it was first added on."),
    ("QBWC1028 QBWC1029 QBWC1038", "The Web Connector could not store or read the password.",
     "its encrypted entry in the Windows registry cannot be used", TYPE_PASSWORD),
    ("QBWC1030", "The Web Connector has no password for this application.", "it was never typed", TYPE_PASSWORD),
    ("QBWC1031", "A scheduled update finished with an error.", "the reason is in the sync log", READ_QWCLOG),
    ("QBWC1034", "The Web Connector could not say which editions are meant.",
     "QuickBooks' interface is too old or not installed properly", REPAIR),
    ("QBWC1035", "The name localhost is not known on this computer.", "the hosts file of Windows lacks it", PUBLIC_URL),
    ("QBWC1036", "The service failed when the Web Connector told its version.",
     "the service could not be reached or its answer could not be read", SERVER_LOG),
    ("QBWC1037", "The service asked the Web Connector to stop.", "the service does not want this version", SERVER_LOG),
    ("QBWC1039", "The application could not be added.",
     "the .qwc file is incomplete, or its OwnerID and FileID are registered from another computer",
     "Add the same .qwc file on the computer it was first added on, or remove it there first."),
    ("QBWC1040", "The password or the user name of the connector is wrong.",
     "the password was changed or mistyped", TYPE_PASSWORD),
    ("QBWC1041", "The service failed when it was asked for its requests.",
     "the service could not be reached or its answer could not be read", SERVER_LOG),
    ("QBWC1042", "The service failed when it was given QuickBooks' answer.",
     "the answer was larger than a limit on the way, or the service could not be reached",
     "Whoever runs qbwc-bridge looks into its log; a smaller page_size or a larger limit of the proxy helps."),
    ("QBWC1043", "The service failed when it was asked for the last error.",
     "the service could not be reached or its answer could not be read", SERVER_LOG),
    ("QBWC1044", "The service failed when the update was closed.",
     "the service could not be reached or its answer could not be read", SERVER_LOG),
    ("QBWC1045", "The service failed when it was told that QuickBooks cannot be reached.",
     "the service could not be reached or its answer could not be read", SERVER_LOG),
    ("QBWC1046", "The service gave an answer the Web Connector does not know.",
     "the answer about versions is not one of the allowed ones", SERVER_LOG),
    ("QBWC1048", "The Web Connector could not verify the certificate of the service.",
     "the certificate is not trusted, its chain is incomplete, or its page did not answer",
     "Whoever runs qbwc-bridge installs a publicly trusted certificate with its full chain, then test-connection."),
    ("QBWC1051", "The application was not added.", "most often the address is not https", PUBLIC_URL),
    ("QBWC1085", "The Web Connector had trouble with its log file.", "QWCLog.txt cannot be used",
     "At the QuickBooks computer, delete QWCLog.txt and restart the Web Connector."),
)
# fmt: on
