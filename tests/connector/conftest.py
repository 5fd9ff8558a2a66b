"""A failed assertion of the shared beginning is told with its values, like one in a test."""

import pytest

pytest.register_assert_rewrite("connector.followed", "connector.histories")
