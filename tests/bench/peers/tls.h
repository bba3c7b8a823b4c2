// What both peers begin with: a server with the certificate that the environment names.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include <grpcpp/grpcpp.h>

inline std::string read_file(const char *path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

inline std::string setting(const char *name) {
    const char *value = std::getenv(name);
    if (value == nullptr)
        std::exit(2);
    return value;
}

// Serves until it is killed.
inline void serve(grpc::ServerBuilder &builder) {
    grpc::SslServerCredentialsOptions options;
    options.pem_key_cert_pairs.push_back(
        {read_file(setting("BENCH_KEY").c_str()), read_file(setting("BENCH_CERT").c_str())});
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::SslServerCredentials(options), &port);
    std::unique_ptr<grpc::Server> server = builder.BuildAndStart();
    if (server == nullptr)
        std::exit(1);
    std::fprintf(stderr, "listening on 127.0.0.1:%d\n", port);
    server->Wait();
}
