// A server in C++ with gRPC's synchronous API: a thread waits with each call. Answers empty calls.
#include "tls.h"

#include "grpc/health/v1/health.grpc.pb.h"

namespace health = grpc::health::v1;

class HealthService final : public health::Health::Service {
    grpc::Status Check(grpc::ServerContext *, const health::HealthCheckRequest *,
                       health::HealthCheckResponse *response) override {
        response->set_status(health::HealthCheckResponse::SERVING);
        return grpc::Status::OK;
    }
};

int main() {
    HealthService service;
    grpc::ServerBuilder builder;
    builder.RegisterService(&service);
    serve(builder);
}
