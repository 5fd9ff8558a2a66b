import pytest

PATHS = [
    "/",
    "/projects/new",
    "/projects/{kitchen}/setup",
    "/projects/{kitchen}/financials",
    "/projects/{bath}/financials",
    "/projects/{bath}/payments/new",
    "/projects/{bath}/payments/1/edit",
    "/projects/{bath}/payments/1/delete",
    "/projects/{kitchen}/archive",
    "/projects/{kitchen}/payments.csv",
    "/projects/{kitchen}/payments.xlsx",
    "/projects/{kitchen}/payments.json",
    "/projects/{kitchen}/status.json",
    "/settings/accounting",
    "/settings/accounting/Acme Builders.qwc",
    "/settings/accounting/password",
    "/activity",
    "/settings/users",
    "/settings/users/2",
    "/settings/users/2/archive",
    "/support",
    "/healthz",
    "/readyz",
    "/metrics",
]


@pytest.mark.parametrize("path", PATHS)
def test_opens(admin, cast, path):
    answer = admin.get(path.format(kitchen=cast.kitchen, bath=cast.bath))
    assert answer.status_code == 200, answer.text
