"""The site's wheels lack what no lab uses, and nothing else."""

from __future__ import annotations

import zipfile

from deploy.lite.slim import services, slim
from labs_helpers.cloud import modelled_services


def test_the_services_that_keep_their_models_are_those_that_the_cloud_serves():
    assert services() == set(modelled_services())


def test_only_models_of_other_services_old_versions_examples_and_unused_data_are_left_out(tmp_path):
    kept = {
        "botocore/data/endpoints.json", "botocore/data/s3/2006-03-01/service-2.json.gz", "botocore/client.py",
        "botocore/data/ec2/2016-11-15/waiters-2.json", "moto/ssm/models.py",
        "jedi/third_party/typeshed/stdlib/os.pyi", "botocore-1.0.dist-info/RECORD",
    }  # fmt: skip
    dropped = {
        "botocore/data/glue/2017-03-31/service-2.json.gz", "botocore/data/ec2/2014-09-01/service-2.json.gz",
        "botocore/data/s3/2006-03-01/examples-1.json", "moto/ssm/resources/ami.json", "moto/glue/models.py",
        "jedi/third_party/django-stubs/views.pyi",
    }  # fmt: skip
    wheel = tmp_path / "one-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        record = "".join(f"{name},sha256=0,1\n" for name in sorted(kept | dropped))
        for name in kept | dropped:
            archive.writestr(name, record if name.endswith("RECORD") else name * 100)
    slim(wheel)
    with zipfile.ZipFile(wheel) as archive:
        assert set(archive.namelist()) == kept
        listed = archive.read("botocore-1.0.dist-info/RECORD").decode().splitlines()
        assert {line.partition(",")[0] for line in listed} == kept
        assert all(archive.read(name).decode() == name * 100 for name in kept if not name.endswith("RECORD"))
