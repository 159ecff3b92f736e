import { LightningElement, api, wire } from "lwc";
import { getFieldValue, getRecord } from "lightning/uiRecordApi";
import { getRelatedListRecords } from "lightning/uiRelatedListApi";
import BUDGET from "@salesforce/schema/Opportunity.Amount";
import BUDGET_HOURS from "@salesforce/schema/Opportunity.TB_Budget_Hours__c";
import BUDGET_HOURS_USED from "@salesforce/schema/Opportunity.TB_Budget_Hours_Used__c";
import BUDGET_USED from "@salesforce/schema/Opportunity.TB_Budget_Used__c";
import EXPENSES from "@salesforce/schema/Opportunity.TB_Total_Expenses__c";
import EXTERNAL_ID from "@salesforce/schema/Opportunity.TB_External_Id__c";
import HOURS from "@salesforce/schema/Opportunity.TB_Total_Hours__c";
import INVOICED from "@salesforce/schema/Opportunity.TB_Total_Invoiced__c";
import PAID from "@salesforce/schema/Opportunity.TB_Total_Paid__c";
import STATUS from "@salesforce/schema/Opportunity.TB_Status__c";
import SUMMARY_AT from "@salesforce/schema/Opportunity.TB_Summary_At__c";

const TEXT = "text";
const FIGURES = [
    { name: "status", label: "Status", field: STATUS, style: TEXT },
    { name: "hours", label: "Hours", field: HOURS, style: "decimal" },
    { name: "budget-hours", label: "Budget in hours", field: BUDGET_HOURS, style: "decimal" },
    { name: "budget-hours-used", label: "Hours used", field: BUDGET_HOURS_USED, style: "percent-fixed" },
    { name: "expenses", label: "Expenses", field: EXPENSES, style: "currency" },
    { name: "budget", label: "Budget", field: BUDGET, style: "currency" },
    { name: "budget-used", label: "Budget used", field: BUDGET_USED, style: "percent-fixed" },
    { name: "invoiced", label: "Invoiced", field: INVOICED, style: "currency" },
    { name: "paid", label: "Paid", field: PAID, style: "currency" }
];
const FIELDS = [EXTERNAL_ID, SUMMARY_AT, ...FIGURES.map(({ field }) => field)];
const INVOICE_FIELDS = ["Number__c", "Date__c", "Amount__c", "Balance__c", "Status__c"];
const NOT_VISIBLE =
    "You may not see the project of this opportunity. Ask your administrator for the permission set “timebridge reader”.";

/** What the timesheet says about an opportunity's project. Reads the amount and the fields of the package, and nothing else. */
export default class TbProjectSummary extends LightningElement {
    @api recordId;
    opportunity;
    error;
    invoices = [];

    // Optional, because somebody who may not see one of them should see the rest.
    @wire(getRecord, { recordId: "$recordId", optionalFields: FIELDS })
    receiveRecord({ data, error }) {
        this.opportunity = data;
        this.error = error;
    }

    // Without a right to see invoices there are none to show.
    @wire(getRelatedListRecords, {
        parentRecordId: "$recordId",
        relatedListId: "TB_Invoices__r",
        fields: INVOICE_FIELDS.map((name) => `TB_Invoice__c.${name}`),
        sortBy: ["-TB_Invoice__c.Date__c"]
    })
    receiveInvoices({ data }) {
        this.invoices = (data?.records ?? []).map(({ id, fields }) => ({
            id,
            number: fields.Number__c.value,
            date: fields.Date__c.value,
            amount: fields.Amount__c.value,
            balance: fields.Balance__c.value,
            status: fields.Status__c.value
        }));
    }

    get isLoading() {
        return !this.opportunity;
    }

    get problem() {
        if (this.error) {
            return this.error.body?.message ?? "The project cannot be shown.";
        }
        return this.opportunity && this.read(EXTERNAL_ID) === undefined ? NOT_VISIBLE : undefined;
    }

    get isUnlinked() {
        return !this.read(EXTERNAL_ID);
    }

    get figures() {
        return FIGURES.map(({ name, label, field, style }) => {
            const value = this.read(field);
            const isKnown = value !== null && value !== undefined;
            return { name, label, style, value, isText: isKnown && style === TEXT, isNumber: isKnown && style !== TEXT };
        });
    }

    get hasBudget() {
        return this.used !== null && this.used !== undefined;
    }

    /** Of the budget in money, or else of that in hours. */
    get used() {
        return this.read(BUDGET_USED) ?? this.read(BUDGET_HOURS_USED);
    }

    get progress() {
        return Math.min(100, Math.max(0, this.used));
    }

    get isOverBudget() {
        return this.used >= 100;
    }

    get hasInvoices() {
        return this.invoices.length > 0;
    }

    get updated() {
        return this.read(SUMMARY_AT);
    }

    read(field) {
        return getFieldValue(this.opportunity, field);
    }
}
