// A server in JavaScript with @grpc/grpc-js and pg: a pool of connections, and in a transaction the same two statements
// that shapd sends. A read is answered with the milestone alone, without its history.
'use strict';
const crypto = require('crypto');
const fs = require('fs');
const grpc = require('@grpc/grpc-js');
const loader = require('@grpc/proto-loader');
const { Pool } = require('pg');

const N_CONNECTIONS = 16;
const settings = Object.fromEntries(process.env.BENCH_DATABASE.split(' ').map((pair) => pair.split('=')));
const pool = new Pool({ host: settings.host, database: settings.dbname, user: settings.user, max: N_CONNECTIONS });
const POINT = `select name, role, organisation, organisation_name, council, council_name, region, membership_id,
  extract(epoch from token_expires_at)::bigint as seconds, today::text from shap_v1.who_am_i()`;
const READ = `select (m.milestone).plan, (m.milestone).reference, (m.milestone).objective_code, (m.milestone).action,
  (m.milestone).milestone, (m.milestone).who, (m.milestone)."when", (m.milestone).measure
  from shap_v1.get_milestone($1, $2, null, null) m`;
const RETURN = `select sqlstate, refusal, return_id, record_id, extract(epoch from recorded_at)::bigint as seconds, replayed, reference
  from shap_v1.submit_return(array[row(1, $1, $2, $3, $4, $5, $6, null, null, null, null, null, null, null)::shap_v1.submit_return_call])`;

// answer(client, hash) within a transaction, as the holder of the call's token.
async function transaction(call, method, isReadOnly, answer) {
  const [authorization] = call.metadata.get('authorization');
  const hash = crypto.createHash('sha256').update(String(authorization).replace(/^Bearer /, '')).digest();
  const client = await pool.connect();
  try {
    await client.query('begin');
    await client.query({ name: 'identify', text: process.env.BENCH_IDENTIFY,
      values: [[hash], '30000', isReadOnly ? 'on' : 'off', null, ['127.0.0.1'], method] });
    const result = await answer(client, hash);
    await client.query('commit');
    return result;
  } catch (error) {
    await client.query('rollback');
    throw error;
  } finally {
    client.release();
  }
}

function handler(method, isReadOnly, answer) {
  return (call, callback) => {
    transaction(call, method, isReadOnly, (client, hash) => answer(client, hash, call.request))
      .then((result) => callback(null, result), (error) => callback({ code: grpc.status.INTERNAL, details: error.message }));
  };
}

async function whoAmI(client) {
  const { rows: [{ seconds, role, ...row }] } = await client.query({ name: 'point', text: POINT });
  return { ...row, role: `ROLE_${role.toUpperCase()}`, token_expires_at: { seconds } };
}

async function getMilestone(client, hash, request) {
  const { rows: [milestone] } = await client.query({ name: 'read', text: READ, values: [request.plan, request.reference] });
  return { milestone };
}

async function submitReturn(client, hash, request) {
  const status = request.status.replace('RETURN_STATUS_', '').toLowerCase();
  const { rows: [row] } = await client.query({ name: 'return', text: RETURN,
    values: [hash, request.return_id, request.plan, request.reference, status, request.note] });
  if (row.sqlstate) throw new Error(row.refusal);
  return { return_id: row.return_id, record_id: row.record_id, recorded_at: { seconds: row.seconds }, replayed: row.replayed,
    reference: row.reference };
}

const contract = grpc.loadPackageDefinition(loader.loadSync(['shap/v1/directory.proto', 'shap/v1/plans.proto', 'shap/v1/returns.proto'], {
  includeDirs: [process.env.BENCH_PROTOS], keepCase: true, longs: String, enums: String,
}));
const server = new grpc.Server();
server.addService(contract.shap.v1.Directory.service, { WhoAmI: handler('WhoAmI', true, whoAmI) });
server.addService(contract.shap.v1.Plans.service, { GetMilestone: handler('GetMilestone', true, getMilestone) });
server.addService(contract.shap.v1.Returns.service, { SubmitReturn: handler('SubmitReturn', false, submitReturn) });
const key = { private_key: fs.readFileSync(process.env.BENCH_KEY), cert_chain: fs.readFileSync(process.env.BENCH_CERT) };
server.bindAsync('127.0.0.1:0', grpc.ServerCredentials.createSsl(null, [key]), (error, port) => {
  if (error) throw error;
  console.error(`listening on 127.0.0.1:${port}`);
});
