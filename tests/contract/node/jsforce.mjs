// Plays through jsforce what the Python test then checks. Prints one JSON object.
import jsforce from "jsforce";

const { OAuth2, Connection } = jsforce;
const [url, clientId, clientSecret, redirectUri] = process.argv.slice(2);
const oauth2 = new OAuth2({ loginUrl: url, clientId, clientSecret, redirectUri, useVerifier: true });
const conn = new Connection({ oauth2, version: "67.0" });
const seen = {};

const authorizeUrl = oauth2.getAuthorizationUrl({ scope: "api refresh_token", state: "s" });
const form = new URLSearchParams({ decision: "allow" });
const consent = await fetch(authorizeUrl, { method: "POST", body: form, redirect: "manual" });
const code = new URL(consent.headers.get("location")).searchParams.get("code");
const who = await conn.authorize(code);
seen.organization = who.organizationId;
seen.username = (await conn.identity()).username;

let refreshed = 0;
conn.on("refresh", () => (refreshed += 1));
await fetch(`${url}/_sandbox/tokens/expire`, { method: "POST" });
const made = await conn.sobject("Account").create({ Name: "Acme" });
seen.refreshed = refreshed;
seen.created = made.success;
seen.name = (await conn.sobject("Account").retrieve(made.id)).Name;
await conn.sobject("Account").update({ Id: made.id, Phone: "1" });
const deal = { Name: "Deal", StageName: "Prospecting", CloseDate: "2026-12-31" };
const many = await conn.sobject("Opportunity").create(
  Array.from({ length: 250 }, () => ({ ...deal, AccountId: made.id })),
  { allowRecursive: true },
);
seen.many = many.filter((each) => each.success).length;
const upserted = await conn.sobject("Account").upsert({ TB_External_Id__c: "k", Name: "Keyed" }, "TB_External_Id__c");
seen.upserted = upserted.success;
seen.queried = (
  await conn.query("SELECT Id, Account.Phone FROM Opportunity", { autoFetch: true, maxFetch: 1000 })
).records.filter((each) => each.Account.Phone === "1").length;
seen.fields = (await conn.sobject("Opportunity").describe()).fields.length;
seen.limits = (await conn.limits()).DailyApiRequests.Max;
try {
  await conn.query("SELECT Nope FROM Account");
} catch (error) {
  seen.errorCode = error.errorCode ?? error.name;
}
conn.bulk2.pollInterval = 20;
const results = await conn.bulk2.loadAndWaitForResults({
  object: "Account",
  operation: "insert",
  input: [{ Name: "bulk 1" }, { Name: "bulk 2" }],
});
seen.bulk = results.successfulResults.length;
const rows = await (await conn.bulk2.query("SELECT Id, Name FROM Account WHERE Name LIKE 'bulk%'")).toArray();
seen.bulkRead = rows.length;
await conn.sobject("Account").destroy(made.id);
await conn.logout();
console.log(JSON.stringify(seen));
