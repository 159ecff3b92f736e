import { createElement } from "lwc";
import { getRecord } from "lightning/uiRecordApi";
import { getRelatedListRecords } from "lightning/uiRelatedListApi";
import TbProjectSummary from "c/tbProjectSummary";

const LINKED = {
    TB_External_Id__c: "prj_1",
    TB_Status__c: "active",
    TB_Total_Hours__c: 12.5,
    TB_Budget_Hours__c: 40,
    TB_Total_Expenses__c: 180.25,
    TB_Budget_Hours_Used__c: 32,
    Amount: 4000,
    TB_Budget_Used__c: 31.25,
    TB_Total_Invoiced__c: 1000,
    TB_Total_Paid__c: null,
    TB_Summary_At__c: "2026-11-21T09:00:00.000Z"
};

const opportunity = (values) => ({
    apiName: "Opportunity",
    fields: Object.fromEntries(Object.entries(values).map(([name, value]) => [name, { value }]))
});

const invoice = (id, values) => ({ ...opportunity(values), id, apiName: "TB_Invoice__c" });

describe("c-tb-project-summary", () => {
    let element;

    beforeEach(() => {
        element = createElement("c-tb-project-summary", { is: TbProjectSummary });
        element.recordId = "006000000000001AAA";
        document.body.appendChild(element);
    });

    afterEach(() => {
        document.body.removeChild(element);
    });

    const find = (id) => element.shadowRoot.querySelector(`[data-id="${id}"]`);
    const figure = (id) => find(id).querySelector("lightning-formatted-number");

    it("says that it is loading until the record is there", () => {
        expect(find("loading")).not.toBeNull();
    });

    it("asks for the record of its page, and for the amount and fields of the package only", () => {
        const { recordId, optionalFields } = getRecord.getLastConfig();

        expect(recordId).toBe("006000000000001AAA");
        const others = optionalFields.map(({ fieldApiName }) => fieldApiName).filter((name) => !name.startsWith("TB_"));
        expect(others).toEqual(["Amount"]);
    });

    it("shows status, hours, expenses, budget, what is used of it, and what was invoiced", async () => {
        getRecord.emit(opportunity(LINKED));
        await Promise.resolve();

        expect(find("status").textContent).toBe("active");
        expect(figure("hours").value).toBe(12.5);
        expect(figure("budget-hours").value).toBe(40);
        expect(figure("expenses").value).toBe(180.25);
        expect(figure("budget").value).toBe(4000);
        expect(figure("budget-used").value).toBe(31.25);
        expect(figure("budget-used").formatStyle).toBe("percent-fixed");
        expect(figure("invoiced").value).toBe(1000);
        expect(element.shadowRoot.querySelector("lightning-progress-bar").value).toBe(31.25);
        expect(find("over")).toBeNull();
        expect(find("updated")).not.toBeNull();
    });

    it("shows a dash for a figure that is not known, and a zero for one that is nought", async () => {
        getRecord.emit(opportunity({ ...LINKED, TB_Total_Hours__c: 0 }));
        await Promise.resolve();

        expect(find("paid").textContent).toBe("–");
        expect(figure("hours").value).toBe(0);
    });

    it("warns of a budget that is used up, and never draws beyond its end", async () => {
        getRecord.emit(opportunity({ ...LINKED, TB_Budget_Used__c: 130 }));
        await Promise.resolve();

        expect(find("over")).not.toBeNull();
        expect(element.shadowRoot.querySelector("lightning-progress-bar").value).toBe(100);
    });

    it("draws the hours that are used where there is no budget in money", async () => {
        getRecord.emit(opportunity({ ...LINKED, TB_Budget_Used__c: null }));
        await Promise.resolve();

        expect(element.shadowRoot.querySelector("lightning-progress-bar").value).toBe(32);
    });

    it("draws no bar where there is no budget", async () => {
        getRecord.emit(opportunity({ ...LINKED, TB_Budget_Used__c: null, TB_Budget_Hours_Used__c: null }));
        await Promise.resolve();

        expect(element.shadowRoot.querySelector("lightning-progress-bar")).toBeNull();
    });

    it("lists the invoices with amount and balance, the latest first", async () => {
        getRecord.emit(opportunity(LINKED));
        getRelatedListRecords.emit({
            records: [
                invoice("a01000000000001AAA", {
                    Number__c: "2026-007",
                    Date__c: "2026-11-20",
                    Amount__c: 1000,
                    Balance__c: 400,
                    Status__c: "Final"
                })
            ]
        });
        await Promise.resolve();

        const rows = find("invoices").querySelectorAll("tbody tr");
        expect(rows.length).toBe(1);
        expect(rows[0].querySelector("th").textContent).toBe("2026-007");
        expect([...rows[0].querySelectorAll("lightning-formatted-number")].map((cell) => cell.value)).toEqual([1000, 400]);
        expect(getRelatedListRecords.getLastConfig().sortBy).toEqual(["-TB_Invoice__c.Date__c"]);
    });

    it("shows no table to somebody who may not see invoices", async () => {
        getRecord.emit(opportunity(LINKED));
        getRelatedListRecords.error({ message: "no access" });
        await Promise.resolve();

        expect(find("invoices")).toBeNull();
        expect(figure("hours").value).toBe(12.5);
    });

    it("says so when the opportunity has no project yet", async () => {
        getRecord.emit(opportunity({ ...LINKED, TB_External_Id__c: null }));
        await Promise.resolve();

        expect(find("unlinked")).not.toBeNull();
        expect(find("hours")).toBeNull();
    });

    it("names the permission set to somebody who may not see the fields", async () => {
        getRecord.emit(opportunity({}));
        await Promise.resolve();

        expect(find("problem").textContent).toContain("timebridge reader");
    });

    it("shows what Salesforce says when the record cannot be read", async () => {
        getRecord.error({ message: "The record is gone." });
        await Promise.resolve();

        expect(find("problem").textContent).toBe("The record is gone.");
    });
});
