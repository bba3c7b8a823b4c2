#!/usr/bin/env ruby
# Ruby's grpc, with classes that protoc made of the contract; see client.py.
require 'json'
require 'grpc'

SETTINGS = JSON.parse(File.read(ARGV[0]))
$LOAD_PATH.unshift(SETTINGS['classes'])
%w[directory plans returns reviews].each { |name| require "shap/v1/#{name}_pb" }
require 'health_pb'

STATUS = GRPC::Core::StatusCodes.constants.to_h { |name| [GRPC::Core::StatusCodes.const_get(name), name.to_s] }

# "/shap.v1.Plans/GetPlan" to the classes of its messages. Ruby's classes know of no services: the contract's text does.
METHODS = Dir[File.join(SETTINGS['protos'], '{shap/v1,grpc/health/v1}/*.proto')].each_with_object({}) do |path, methods|
  text = File.read(path)
  package = text[/^package ([\w.]+);/, 1]
  text.scan(/^service (\w+) \{(.*?)^\}/m) do |service, body|
    body.scan(/rpc (\w+)\((\w+)\) returns \((stream )?(\w+)\)/) do |name, input, is_stream, output|
      classes = [input, output].map { |type| Google::Protobuf::DescriptorPool.generated_pool.lookup("#{package}.#{type}")&.msgclass }
      methods["/#{package}.#{service}/#{name}"] = [*classes, is_stream ? :server_streamer : :request_response]
    end
  end
end

def open_stub
  credentials = SETTINGS['kind'] == 'tls' ? GRPC::Core::ChannelCredentials.new(File.read(SETTINGS['authority'])) : :this_channel_is_insecure
  GRPC::ClientStub.new(SETTINGS['address'], credentials)
end

def metadata_of(call)
  pairs = call.fetch('metadata', []).map { |name, value| [name, name.end_with?('-bin') ? [value].pack('H*') : value] }
  pairs << ['grpc-internal-encoding-request', call['compression']] if call['compression']
  pairs.group_by(&:first).transform_values { |found| found.length == 1 ? found[0][1] : found.map(&:last) }
end

def pack(call)
  call['bytes'] ? [call['bytes']].pack('H*') : METHODS[call['method']][0].encode(METHODS[call['method']][0].decode_json(call['request']))
end

def perform(stub, call)
  answers = []
  output, kind = (METHODS[call['method']] || [nil, nil, :request_response])[1, 2]
  deadline = call['timeout_ms'] ? Time.now + call['timeout_ms'] / 1000.0 : nil
  operation = stub.public_send(kind, call['method'], pack(call), :itself.to_proc, :itself.to_proc, deadline: deadline,
                               return_op: true, metadata: metadata_of(call))
  Thread.new { sleep(0.02) until File.exist?(call['cancel_at']); operation.cancel } if call['cancel_at']
  found = operation.execute
  (kind == :server_streamer ? found : [found]).each do |answer|
    answers << output.encode_json(output.decode(answer), preserve_proto_fieldnames: true)
    operation.cancel if answers.length == call['most']
  end
  { status: 'OK', message: '', answers: answers }
rescue GRPC::BadStatus => e
  { status: STATUS[e.code], message: e.details.dup.force_encoding('UTF-8'), answers: answers }
rescue GRPC::Core::CallError => e
  { status: 'unknown to the library', message: e.message, answers: answers }
end

stub = open_stub
$stdin.each_line do |line|
  puts JSON.generate(JSON.parse(line).map { |call| Thread.new { perform(stub, call) } }.map(&:value))
  $stdout.flush
end
