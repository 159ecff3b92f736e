// node-quickbooks, unmodified, at work against the sandbox. Reads its addresses and tokens from the first argument (JSON)
// and prints one line of JSON with what it saw. The library keeps its addresses in static properties of its class.
const { promisify } = require('node:util')
const QuickBooks = require('node-quickbooks')

const facts = JSON.parse(process.argv[2])
QuickBooks.V3_ENDPOINT_BASE_URL = `${facts.url}/v3/company/`
QuickBooks.TOKEN_URL = `${facts.url}/oauth2/v1/tokens/bearer`
QuickBooks.REVOKE_URL = `${facts.url}/v2/oauth2/tokens/revoke`

const client = new QuickBooks(
  facts.client_id, facts.client_secret, facts.access_token, false, facts.realm, true, false, 75, '2.0', facts.refresh_token
)
const call = (name, ...values) => promisify(client[name]).call(client, ...values)
const refusal = async (name, ...values) => {
  try {
    await call(name, ...values)
    return 'accepted'
  } catch (error) {
    return error.response ? error.response.data.Fault.Error[0].code : String(error)
  }
}

async function main () {
  const seen = {}
  const listed = await call('findCustomers', { fetchAll: true, limit: 50, asc: 'Id' })
  seen.customers = listed.QueryResponse.Customer.length
  seen.counted = (await call('findCustomers', { count: true })).QueryResponse.totalCount

  const made = await call('createCustomer', { DisplayName: "Marlin & Co's", requestId: 'node-1' })
  const again = await call('createCustomer', { DisplayName: 'Other', requestId: 'node-1' })
  seen.repeated = again.Id === made.Id
  const found = await call('findCustomers', [{ field: 'DisplayName', value: "Marlin & Co's" }])
  seen.found = found.QueryResponse.Customer.map(one => one.Id).includes(made.Id)
  const changed = await call('updateCustomer', { Id: made.Id, SyncToken: made.SyncToken, Notes: 'x' })
  seen.changed = [changed.DisplayName, changed.Notes, changed.SyncToken]
  seen.stale = await refusal('updateCustomer', { Id: made.Id, SyncToken: '0', Notes: 'y' })
  seen.duplicate = await refusal('createVendor', { DisplayName: "Marlin & Co's" })

  const worker = (await call('findEmployees', { limit: 1 })).QueryResponse.Employee[0]
  const entry = { NameOf: 'Employee', EmployeeRef: { value: worker.Id }, Hours: 1, Minutes: 0, TxnDate: '2026-11-02' }
  const items = Array.from({ length: 30 }, (_, number) => ({ bId: `${number}`, operation: 'create', TimeActivity: entry }))
  const batch = await call('batch', items)
  seen.batch = batch.BatchItemResponse.filter(one => one.TimeActivity).length
  const time = batch.BatchItemResponse[0].TimeActivity
  seen.deleted = (await call('deleteTimeActivity', { Id: time.Id, SyncToken: time.SyncToken })).TimeActivity.status

  const line = { DetailType: 'SalesItemLineDetail', Amount: 90, SalesItemLineDetail: { ItemRef: { value: '1' } } }
  const invoice = await call('createInvoice', { CustomerRef: { value: made.Id }, Line: [line] })
  seen.total = invoice.TotalAmt
  seen.voided = (await call('voidInvoice', invoice)).Invoice.PrivateNote
  seen.pdf = (await call('getInvoicePdf', invoice.Id)).toString('latin1').slice(0, 8)
  seen.company = (await call('getCompanyInfo', facts.realm)).CompanyName
  seen.timeTracking = (await call('getPreferences')).TimeTrackingPrefs.UseServices

  const changes = await call('changeDataCapture', ['Customer', 'Bill'], facts.since)
  seen.changes = changes.CDCResponse[0].QueryResponse.map(one => (one.Customer || []).map(customer => customer.Id).includes(made.Id))

  await call('refreshAccessToken')
  seen.refreshed = client.token !== facts.access_token
  await call('revokeAccess', true)
  seen.revoked = client.token === null
  return seen
}

main().then(seen => console.log(JSON.stringify(seen)))
