// Uploads one file as a run's copy-backup does, for upload.py, which runs it beside its peers.
// Prints one JSON object; ends with 0 only when the file arrived whole.
#include <CLI/CLI.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>
#include <chrono>
#include <cstdio>
#include <filesystem>

#include "transports/ssh/chunk_digests.hpp"
#include "transports/ssh/ssh_session.hpp"
#include "transports/ssh/ssh_upload.hpp"

namespace {

namespace asio = boost::asio;
using transports::awaitable;

double seconds_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
}

awaitable<transports::UploadResult> bring(asio::io_context& io, transports::SshTarget target,
                                          transports::UploadRequest order) {
  const auto session = co_await transports::SshSession::connect(io, target);
  transports::OpenShell another = [&]() -> awaitable<std::shared_ptr<transports::Shell>> {
    co_return co_await transports::SshSession::connect(io, target);
  };
  co_return co_await transports::upload(*session, std::move(another), std::move(order), {});
}

}  // namespace

int main(int argc, char** argv) {
  transports::SshTarget target{"host", "", {}};
  target.settings.config_file = "/dev/null";
  std::string source;
  std::string directory;
  CLI::App app{"Uploads one file with checksums, as restorectl does"};
  app.add_option("--address", target.address)->required();
  app.add_option("--port", target.settings.port)->required();
  app.add_option("--user", target.settings.user)->required();
  app.add_option("--identity", target.settings.identity_file)->required();
  app.add_option("--known-hosts", target.settings.known_hosts_file)->required();
  app.add_option("source", source)->required();
  app.add_option("directory", directory)->required();
  CLI11_PARSE(app, argc, argv);

  auto began = std::chrono::steady_clock::now();
  core::BackupFile file{std::filesystem::path(source).filename().string(), std::string(64, '0'),
                        std::filesystem::file_size(source), transports::chunk_digests(source)};
  const double digest_seconds = seconds_since(began);

  began = std::chrono::steady_clock::now();
  asio::io_context io(1);
  auto future = asio::co_spawn(io, bring(io, target, {source, file, directory, {}, 600'000}),
                               asio::use_future);
  io.run();
  const transports::UploadResult result = future.get();
  std::printf("{\"seconds\": %.3f, \"digest_seconds\": %.3f, \"bytes_sent\": %llu}\n",
              seconds_since(began), digest_seconds,
              static_cast<unsigned long long>(result.sent_bytes));
  if (!result.succeeded) std::fprintf(stderr, "%s\n", result.message.c_str());
  return result.succeeded ? 0 : 1;
}
