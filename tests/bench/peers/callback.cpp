// A server in C++ with gRPC's callback API and libpq: a pool of threads with a connection each does
// what calls wait for, in a transaction of the same two statements that shapd sends. A read is
// answered with the milestone alone, without its history.
#include "tls.h"

#include <condition_variable>
#include <cstring>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include <libpq-fe.h>
#include <openssl/sha.h>

#include "grpc/health/v1/health.grpc.pb.h"
#include "shap/v1/directory.grpc.pb.h"
#include "shap/v1/plans.grpc.pb.h"
#include "shap/v1/returns.grpc.pb.h"

namespace health = grpc::health::v1;
namespace v1 = shap::v1;

static const int n_connections = 16;
static const char who_am_i[] =
    "select name, role, organisation, organisation_name, council, council_name, region, membership_id,"
    " extract(epoch from token_expires_at)::bigint, today from shap_v1.who_am_i()";
static const char get_milestone[] =
    "select (m.milestone).plan, (m.milestone).reference, (m.milestone).objective_code, (m.milestone).action,"
    " (m.milestone).milestone, (m.milestone).who, (m.milestone).\"when\", (m.milestone).measure"
    " from shap_v1.get_milestone($1, $2, null, null) m";
static const char submit_return[] =
    "select sqlstate, refusal, return_id, record_id, extract(epoch from recorded_at)::bigint, replayed, reference"
    " from shap_v1.submit_return(array[row(1, $1, $2, $3, $4, $5, $6, null, null, null, null, null, null, null)"
    "::shap_v1.submit_return_call])";

class Result {
  public:
    explicit Result(PGresult *from) : result(from, PQclear) {
    }
    bool is_good() const {
        const ExecStatusType status = PQresultStatus(result.get());
        return status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK;
    }
    bool has_row() const {
        return is_good() && PQntuples(result.get()) == 1;
    }
    const char *operator[](int column) const {
        return PQgetvalue(result.get(), 0, column);
    }
    std::string message() const {
        return PQresultErrorMessage(result.get());
    }

  private:
    std::unique_ptr<PGresult, decltype(&PQclear)> result;
};

static std::string hash_of(const std::string &token) {
    unsigned char hash[SHA256_DIGEST_LENGTH];
    char hex[2 * SHA256_DIGEST_LENGTH + 1];
    SHA256(reinterpret_cast<const unsigned char *>(token.data()), token.size(), hash);
    for (int i = 0; i < SHA256_DIGEST_LENGTH; i++)
        std::snprintf(hex + 2 * i, 3, "%02x", hash[i]);
    return std::string("\\x") + hex;
}

class Connection {
  public:
    Connection() : connection(PQconnectdb(setting("BENCH_DATABASE").c_str())) {
        static const Oid identify_types[] = {1001, 0, 0, 0, 1009, 0};
        static const Oid return_types[] = {17, 2950, 25, 25, 25, 25};
        must(PQprepare(connection, "identify", setting("BENCH_IDENTIFY").c_str(), 6, identify_types));
        must(PQprepare(connection, "point", who_am_i, 0, nullptr));
        must(PQprepare(connection, "read", get_milestone, 0, nullptr));
        must(PQprepare(connection, "return", submit_return, 6, return_types));
    }

    // A transaction of the call, as the holder of the token; answer reads its row.
    grpc::Status call(const std::string &token, const char *method, bool is_read_only, const char *statement,
                      std::vector<const char *> values, const std::function<grpc::Status(const Result &)> &answer) {
        const std::string hashes = "{\"\\" + hash_of(token) + "\"}";
        const std::vector<const char *> identity = {hashes.c_str(), "30000", is_read_only ? "on" : "off", nullptr,
                                                    "{127.0.0.1}", method};
        Result begun(PQexec(connection, "begin"));
        Result identified(execute("identify", identity));
        if (!identified.is_good())
            return end("rollback", grpc::Status(grpc::StatusCode::UNAUTHENTICATED, identified.message()));
        Result row(execute(statement, values));
        if (!row.has_row())
            return end("rollback", grpc::Status(grpc::StatusCode::INTERNAL, row.message()));
        return end("commit", answer(row));
    }

  private:
    void must(PGresult *result) {
        if (!Result(result).is_good()) {
            std::fprintf(stderr, "%s", PQerrorMessage(connection));
            std::exit(1);
        }
    }
    PGresult *execute(const char *statement, const std::vector<const char *> &values) {
        return PQexecPrepared(connection, statement, static_cast<int>(values.size()), values.data(), nullptr, nullptr, 0);
    }
    grpc::Status end(const char *command, grpc::Status status) {
        Result ended(PQexec(connection, command));
        return ended.is_good() ? status : grpc::Status(grpc::StatusCode::UNAVAILABLE, ended.message());
    }

    PGconn *connection;
};

class Pool {
  public:
    Pool() {
        for (int i = 0; i < n_connections; i++)
            std::thread([this] { work(); }).detach();
    }
    void add(std::function<void(Connection &)> job) {
        {
            std::lock_guard<std::mutex> lock(mutex);
            jobs.push_back(std::move(job));
        }
        is_there.notify_one();
    }

  private:
    void work() {
        Connection connection;
        for (;;) {
            std::unique_lock<std::mutex> lock(mutex);
            is_there.wait(lock, [this] { return !jobs.empty(); });
            auto job = std::move(jobs.front());
            jobs.pop_front();
            lock.unlock();
            job(connection);
        }
    }

    std::mutex mutex;
    std::condition_variable is_there;
    std::deque<std::function<void(Connection &)>> jobs;
};

static Pool pool;

static std::string token_of(const grpc::CallbackServerContext *context) {
    static const char scheme[] = "Bearer ";
    const auto at = context->client_metadata().find("authorization");
    if (at == context->client_metadata().end() || !at->second.starts_with(scheme))
        return "";
    return {at->second.data() + std::strlen(scheme), at->second.size() - std::strlen(scheme)};
}

class DirectoryService final : public v1::Directory::CallbackService {
    grpc::ServerUnaryReactor *WhoAmI(grpc::CallbackServerContext *context, const v1::WhoAmIRequest *,
                                     v1::Identity *response) override {
        grpc::ServerUnaryReactor *reactor = context->DefaultReactor();
        pool.add([=](Connection &connection) {
            reactor->Finish(connection.call(token_of(context), "WhoAmI", true, "point", {}, [&](const Result &row) {
                response->set_name(row[0]);
                response->set_role(v1::ROLE_CONTRIBUTOR);
                response->set_organisation(row[2]);
                response->set_organisation_name(row[3]);
                response->set_council(row[4]);
                response->set_council_name(row[5]);
                response->set_region(row[6]);
                response->set_membership_id(std::atoll(row[7]));
                response->mutable_token_expires_at()->set_seconds(std::atoll(row[8]));
                response->set_today(row[9]);
                return grpc::Status::OK;
            }));
        });
        return reactor;
    }
};

class PlansService final : public v1::Plans::CallbackService {
    grpc::ServerUnaryReactor *GetMilestone(grpc::CallbackServerContext *context, const v1::GetMilestoneRequest *request,
                                           v1::MilestoneHistory *response) override {
        grpc::ServerUnaryReactor *reactor = context->DefaultReactor();
        pool.add([=](Connection &connection) {
            reactor->Finish(connection.call(
                token_of(context), "GetMilestone", true, "read", {request->plan().c_str(), request->reference().c_str()},
                [&](const Result &row) {
                    v1::Milestone *milestone = response->mutable_milestone();
                    milestone->set_plan(row[0]);
                    milestone->set_reference(row[1]);
                    milestone->set_objective_code(row[2]);
                    milestone->set_action(row[3]);
                    milestone->set_milestone(row[4]);
                    milestone->set_who(row[5]);
                    milestone->set_when(row[6]);
                    milestone->set_measure(row[7]);
                    return grpc::Status::OK;
                }));
        });
        return reactor;
    }
};

class ReturnsService final : public v1::Returns::CallbackService {
    grpc::ServerUnaryReactor *SubmitReturn(grpc::CallbackServerContext *context, const v1::SubmitReturnRequest *request,
                                           v1::Receipt *response) override {
        grpc::ServerUnaryReactor *reactor = context->DefaultReactor();
        pool.add([=](Connection &connection) {
            const std::string token = token_of(context), hash = hash_of(token);
            static const char *const labels[] = {nullptr, "not_started", "in_progress", "complete", "will_not_be_delivered"};
            reactor->Finish(connection.call(
                token, "SubmitReturn", false, "return",
                {hash.c_str(), request->return_id().c_str(), request->plan().c_str(), request->reference().c_str(),
                 labels[request->status()], request->note().c_str()},
                [&](const Result &row) {
                    if (*row[0] != '\0')
                        return grpc::Status(grpc::StatusCode::NOT_FOUND, row[1]);
                    response->set_return_id(row[2]);
                    response->set_record_id(std::atoll(row[3]));
                    response->mutable_recorded_at()->set_seconds(std::atoll(row[4]));
                    response->set_replayed(*row[5] == 't');
                    response->set_reference(row[6]);
                    return grpc::Status::OK;
                }));
        });
        return reactor;
    }
};

class HealthService final : public health::Health::CallbackService {
    grpc::ServerUnaryReactor *Check(grpc::CallbackServerContext *context, const health::HealthCheckRequest *,
                                    health::HealthCheckResponse *response) override {
        response->set_status(health::HealthCheckResponse::SERVING);
        grpc::ServerUnaryReactor *reactor = context->DefaultReactor();
        reactor->Finish(grpc::Status::OK);
        return reactor;
    }
};

int main() {
    DirectoryService directory;
    PlansService plans;
    ReturnsService returns;
    HealthService checks;
    grpc::ServerBuilder builder;
    builder.RegisterService(&directory);
    builder.RegisterService(&plans);
    builder.RegisterService(&returns);
    builder.RegisterService(&checks);
    serve(builder);
}
