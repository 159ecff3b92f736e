from tests.admin import Person
from tests.stage import Stage
from timebridge.store.records import Workspace
from timebridge.tenants import Provider


def test_probe(stage: Stage, workspace: Workspace, admin: Person) -> None:
    customer = stage.bookkeeper("Customer", DisplayName="Harbour Freight")["Id"]
    job = stage.bookkeeper("Customer", DisplayName="Cranes", Job=True, ParentRef={"value": customer})["Id"]
    line = {"Amount": 100, "DetailType": "SalesItemLineDetail", "SalesItemLineDetail": {}}
    stage.bookkeeper("Invoice", CustomerRef={"value": job}, Line=[line], PrivateNote="late", CustomerMemo={"value": "thanks"})
    stage.bookkeeper("Payment", CustomerRef={"value": customer}, TotalAmt=30)
    stage.connect(Provider.QUICKBOOKS_ONLINE)
    for r in workspace.page("transaction")[0]:
        print(r)
    assert 0
