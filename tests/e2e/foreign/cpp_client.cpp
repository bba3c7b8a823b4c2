// C++: libgrpc++, with messages that libprotobuf makes of the contract's descriptors; see client.py.
#include <chrono>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include <google/protobuf/descriptor.h>
#include <google/protobuf/descriptor.pb.h>
#include <google/protobuf/dynamic_message.h>
#include <google/protobuf/struct.pb.h>
#include <google/protobuf/util/json_util.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>

namespace pb = google::protobuf;
using Clock = std::chrono::system_clock;

static std::string read_file(const std::string &path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

static void must(bool is_so, const std::string &what) {
    if (!is_so)
        throw std::runtime_error(what);
}

static const pb::Value *find(const pb::Struct &object, const std::string &name) {
    const auto at = object.fields().find(name);
    return at == object.fields().end() ? nullptr : &at->second;
}

static std::string text_of(const pb::Struct &object, const std::string &name) {
    const pb::Value *value = find(object, name);
    return value == nullptr ? "" : value->string_value();
}

static std::string from_hex(const std::string &digits) {
    std::string bytes;
    for (size_t i = 0; i + 1 < digits.size(); i += 2)
        bytes += static_cast<char>(std::stoi(digits.substr(i, 2), nullptr, 16));
    return bytes;
}

static std::string name_of(grpc::StatusCode code) {
    static const char *const names[] = {
        "OK",          "CANCELLED",      "UNKNOWN",           "INVALID_ARGUMENT",   "DEADLINE_EXCEEDED",
        "NOT_FOUND",   "ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
        "ABORTED",     "OUT_OF_RANGE",   "UNIMPLEMENTED",     "INTERNAL",           "UNAVAILABLE",
        "DATA_LOSS",   "UNAUTHENTICATED"};
    return names[code];
}

// The contract, from its descriptor set.
class Contract {
  public:
    explicit Contract(const std::string &path) {
        pb::FileDescriptorSet files;
        must(files.ParseFromString(read_file(path)), path);
        for (const auto &file : files.file())
            must(pool.BuildFile(file) != nullptr, file.name());
    }

    // nullptr for a method it does not have.
    const pb::MethodDescriptor *find_method(const std::string &path) const {
        const size_t slash = path.find('/', 1);
        if (slash == std::string::npos)
            return nullptr;
        return pool.FindMethodByName(path.substr(1, slash - 1) + "." + path.substr(slash + 1));
    }

    std::unique_ptr<pb::Message> make(const pb::Descriptor *type) {
        return std::unique_ptr<pb::Message>(factory.GetPrototype(type)->New());
    }

  private:
    pb::DescriptorPool pool;
    pb::DynamicMessageFactory factory{&pool};
};

class Call {
  public:
    Call(Contract &contract, grpc::GenericStub &stub, const pb::Struct &wanted)
        : contract(contract), stub(stub), wanted(wanted), method(contract.find_method(text_of(wanted, "method"))) {
        const pb::Value *after = find(wanted, "most");
        most = after == nullptr ? -1 : static_cast<int>(after->number_value());
    }

    pb::Struct run() {
        grpc::Status status;
        set_options();
        auto stream = stub.PrepareCall(&context, text_of(wanted, "method"), &queue);
        stream->StartCall(nullptr);
        if (wait()) {
            stream->WriteLast(pack(), grpc::WriteOptions(), nullptr);
            wait();
            read_all(*stream);
        }
        stream->Finish(&status, nullptr);
        wait();
        (*result.mutable_fields())["status"].set_string_value(name_of(status.error_code()));
        (*result.mutable_fields())["message"].set_string_value(status.error_message());
        *(*result.mutable_fields())["answers"].mutable_list_value() = answers;
        return result;
    }

  private:
    void set_options() {
        const std::string compression = text_of(wanted, "compression");
        const pb::Value *timeout = find(wanted, "timeout_ms"), *metadata = find(wanted, "metadata");
        if (!compression.empty())
            context.set_compression_algorithm(compression == "gzip" ? GRPC_COMPRESS_GZIP : GRPC_COMPRESS_DEFLATE);
        if (timeout != nullptr)
            context.set_deadline(Clock::now() + std::chrono::milliseconds(static_cast<int>(timeout->number_value())));
        if (metadata == nullptr)
            return;
        for (const auto &pair : metadata->list_value().values()) {
            const std::string name = pair.list_value().values(0).string_value();
            const std::string value = pair.list_value().values(1).string_value();
            const bool is_binary = name.size() > 4 && name.compare(name.size() - 4, 4, "-bin") == 0;
            context.AddMetadata(name, is_binary ? from_hex(value) : value);
        }
    }

    // The end of the operation that was begun; false: it failed. Cancels the call meanwhile when it is time to.
    bool wait() {
        void *tag;
        bool is_ok = false;
        while (queue.AsyncNext(&tag, &is_ok, Clock::now() + std::chrono::milliseconds(20)) ==
               grpc::CompletionQueue::TIMEOUT) {
            if (std::ifstream(text_of(wanted, "cancel_at")).good())
                context.TryCancel();
        }
        return is_ok;
    }

    grpc::ByteBuffer pack() {
        std::string bytes = from_hex(text_of(wanted, "bytes"));
        if (find(wanted, "request") != nullptr) {
            must(method != nullptr, "a request of no method");
            auto message = contract.make(method->input_type());
            must(pb::util::JsonStringToMessage(text_of(wanted, "request"), message.get()).ok(), text_of(wanted, "request"));
            bytes = message->SerializeAsString();
        }
        grpc::Slice slice(bytes);
        return grpc::ByteBuffer(&slice, 1);
    }

    void read_all(grpc::GenericClientAsyncReaderWriter &stream) {
        grpc::ByteBuffer buffer;
        for (;;) {
            stream.Read(&buffer, nullptr);
            if (!wait())
                return;
            answers.add_values()->set_string_value(unpack(buffer));
            if (answers.values_size() == most)
                context.TryCancel();
        }
    }

    std::string unpack(const grpc::ByteBuffer &buffer) {
        std::vector<grpc::Slice> slices;
        std::string bytes, json;
        pb::util::JsonPrintOptions options;
        options.preserve_proto_field_names = true;
        must(method != nullptr && buffer.Dump(&slices).ok(), "an answer of no method");
        for (const auto &slice : slices)
            bytes.append(reinterpret_cast<const char *>(slice.begin()), slice.size());
        auto message = contract.make(method->output_type());
        must(message->ParseFromString(bytes), "an answer that is no message");
        must(pb::util::MessageToJsonString(*message, &json, options).ok(), "an answer that is not JSON");
        return json;
    }

    Contract &contract;
    grpc::GenericStub &stub;
    const pb::Struct &wanted;
    const pb::MethodDescriptor *method;
    grpc::ClientContext context;
    grpc::CompletionQueue queue;
    int most;
    pb::ListValue answers;
    pb::Struct result;
};

static std::shared_ptr<grpc::Channel> open_channel(const pb::Struct &settings) {
    if (text_of(settings, "kind") != "tls")
        return grpc::CreateChannel(text_of(settings, "address"), grpc::InsecureChannelCredentials());
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = read_file(text_of(settings, "authority"));
    return grpc::CreateChannel(text_of(settings, "address"), grpc::SslCredentials(options));
}

static std::string run_all(Contract &contract, grpc::GenericStub &stub, const std::string &line) {
    pb::ListValue calls, results;
    std::string json;
    std::vector<std::thread> threads;
    must(pb::util::JsonStringToMessage(line, &calls).ok(), line);
    for (const auto &call : calls.values()) {
        pb::Struct *result = results.add_values()->mutable_struct_value();
        threads.emplace_back(
            [&, result] { *result = Call(contract, stub, call.struct_value()).run(); });
    }
    for (auto &thread : threads)
        thread.join();
    must(pb::util::MessageToJsonString(results, &json).ok(), "results that are not JSON");
    return json;
}

int main(int argc, char **argv) {
    pb::Struct settings;
    must(argc == 2 && pb::util::JsonStringToMessage(read_file(argv[1]), &settings).ok(), "settings");
    Contract contract(text_of(settings, "protoset"));
    grpc::GenericStub stub(open_channel(settings));
    for (std::string line; std::getline(std::cin, line);)
        std::cout << run_all(contract, stub, line) << std::endl;
}
