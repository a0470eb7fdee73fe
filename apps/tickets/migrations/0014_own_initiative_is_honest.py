from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("tickets", "0013_own_initiative_of_before"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="deletionticket",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("identity_basis", "reimported"),
                        ("identity_verified_by", None),
                        ("own_initiative", True),
                        ("requester", "own"),
                    ),
                    models.Q(
                        ("own_initiative", False),
                        models.Q(("requester", "own"), _negated=True),
                        models.Q(("identity_basis", "reimported"), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="own_initiative_names_no_requester_and_no_verifier",
            ),
        ),
    ]
