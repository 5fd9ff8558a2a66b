"""Two projects that show some of the same payments are told of each other; within one project no cent counts twice."""

from office import Office, started

from qbwc_bridge.connector.links import overlapping
from qbwc_bridge.records import Project


def _overlaps(office: Office, project: Project) -> list[str]:
    with office.database.read() as c:
        return [other.name for other in overlapping(c, office.company.id, project)]


def test_a_job_below_a_customer_with_its_jobs_overlaps_it_both_ways(office: Office) -> None:
    office.poll()
    whole = office.link("Smith", project="Whole", include_jobs=True)
    kitchen = office.link("Smith:Kitchen")
    assert _overlaps(office, whole) == ["Smith:Kitchen"]
    assert _overlaps(office, kitchen) == ["Whole"]


def test_a_customer_without_its_jobs_does_not_overlap_them(office: Office) -> None:
    office.poll()
    alone = office.link("Smith")
    office.link("Smith:Kitchen")
    assert _overlaps(office, alone) == []


def test_a_project_without_a_link_overlaps_nothing(office: Office) -> None:
    from qbwc_bridge.connector import links

    office.poll()
    with office.database.begin() as c:
        plain = [links.save(c, office.company, None, links.ProjectForm(name), office.clock(), "dana") for name in "AB"]
    assert _overlaps(office, plain[0]) == []


def test_the_overlap_counts_once_in_each(office: Office) -> None:
    started(office, "Smith", include_jobs=True)
    started(office, "Smith:Kitchen")
    office.assert_true()
