from apps.tickets.subscriber_rows import read_subscribers


def test_a_forgotten_quote_spoils_its_own_line_and_swallows_nobody():
    rows = list(
        read_subscribers('email,first_name\nann@example.org,"Ann\nbob@example.org,Bob\ncem@example.org,"Cem"\n')
    )

    assert [(row.line, bool(row.subscriber)) for row in rows] == [(2, False), (3, True), (4, True)]
    assert "quote" in rows[0].reason
