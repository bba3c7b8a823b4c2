#!/usr/bin/env node
// Node's @grpc/grpc-js, with messages that @grpc/proto-loader makes of the contract's sources; see client.py.
'use strict';
const fs = require('fs');
const readline = require('readline');
const { createRequire } = require('module');

const settings = JSON.parse(fs.readFileSync(process.argv[2], 'utf-8'));
const find = createRequire(settings.modules + '/');
const grpc = find('@grpc/grpc-js');
const loader = find('@grpc/proto-loader');

const files = ['directory', 'plans', 'returns', 'reviews'].map((name) => `shap/v1/${name}.proto`);
const contract = loader.loadSync([...files, 'grpc/health/v1/health.proto'], {
  includeDirs: [settings.protos], keepCase: true, longs: String, enums: String, bytes: String,
});
const methods = {};
for (const service of Object.values(contract)) {
  for (const method of Object.values(service)) if (method.path) methods[method.path] = method;
}

const ENCODINGS = [undefined, 'deflate', 'gzip'];  // by grpc-js's numbers; a channel has one
const clients = ENCODINGS.map((name, number) => new grpc.Client(
  settings.address,
  settings.kind === 'tls' ? grpc.credentials.createSsl(fs.readFileSync(settings.authority)) : grpc.credentials.createInsecure(),
  name ? { 'grpc.default_compression_algorithm': number } : {}));

const itself = (value) => value;
const nameOf = (code) => Object.keys(grpc.status).find((name) => grpc.status[name] === code);

function pack(call) {
  return call.bytes === undefined ? methods[call.method].requestSerialize(JSON.parse(call.request)) : Buffer.from(call.bytes, 'hex');
}

function perform(call) {
  const metadata = new grpc.Metadata();
  for (const [name, value] of call.metadata || []) metadata.add(name, name.endsWith('-bin') ? Buffer.from(value, 'hex') : value);
  const options = call.timeout_ms === undefined ? {} : { deadline: Date.now() + call.timeout_ms };
  const answers = [];
  return new Promise((resolve) => {
    const client = clients[ENCODINGS.indexOf(call.compression)];
    const stream = client.makeServerStreamRequest(call.method, itself, itself, pack(call), metadata, options);
    const look = () => (fs.existsSync(call.cancel_at) ? stream.cancel() : setTimeout(look, 20));
    if (call.cancel_at !== undefined) look();
    stream.on('data', (answer) => {
      answers.push(JSON.stringify(methods[call.method].responseDeserialize(answer)));
      if (answers.length === call.most) stream.cancel();
    });
    stream.on('error', () => {});  // told by status, too
    stream.on('status', (status) => resolve({ status: nameOf(status.code), message: status.details, answers }));
  });
}

async function main() {
  for await (const line of readline.createInterface({ input: process.stdin })) {
    console.log(JSON.stringify(await Promise.all(JSON.parse(line).map(perform))));
  }
  clients.forEach((client) => client.close());
}

main();
