// One command: it prints "ready", reads the program from its stdin, and runs it on its own stdout.
#include "transports/ssh/ssh_program.hpp"

#include <algorithm>
#include <boost/asio/use_awaitable.hpp>

#include "core/digest_script.hpp"
#include "core/shell_quote.hpp"
#include "transports/scripts.hpp"

namespace transports {

namespace {

std::string script_of(const ProgramRequest& request) {
  std::string places;
  for (const std::string& place : request.places) places += (places.empty() ? "" : " ") + place;
  const std::int64_t seconds = std::max<std::int64_t>(1, request.timeout_ms / 1000);
  return core::assignments({{"machine", request.machine},
                            {"places", places},
                            {"packed_size", std::to_string(request.packed.size())},
                            {"sha256", request.sha256},
                            {"memory_kib", std::to_string(limits::kProgramMemoryKiB)},
                            {"seconds", std::to_string(seconds)},
                            {"argument", request.argument}}) +
         std::string(core::kDigestFunction) + sh::kProgramsh;
}

class Program {
 public:
  Program(ProgramRequest request, ProgramHooks hooks)
      : request_(std::move(request)), hooks_(std::move(hooks)) {}

  awaitable<ProgramEnd> run(Shell& shell) {
    ExecOptions options;
    options.err_bytes_max = limits::kProgramErrBytesMax;
    options.timeout_ms = request_.timeout_ms + limits::kProgramSendingMs;
    options.on_out = [this](std::string_view bytes) { take(bytes); };
    options.input = [this](char* buffer, std::size_t size) { return next(buffer, size); };
    const ExecResult result =
        co_await shell.exec(shell.as_root(script_of(request_)), std::move(options));
    if (!result.exit_code)
      throw LinkFailure(false, "the program's channel closed without an exit status");
    if (end_.how == ProgramEnd::How::ended) {
      end_.exit_code = *result.exit_code;
      end_.words = result.err;
      // timeout(1)'s own.
      if (running_ && end_.exit_code == 124) end_.how = ProgramEnd::How::out_of_time;
    } else if (end_.words.empty()) {
      end_.words = result.err;
    }
    co_return std::move(end_);
  }

 private:
  std::optional<std::size_t> next(char* buffer, std::size_t size) {
    if (refused_) return 0;
    if (!ready_) return std::nullopt;
    const std::size_t piece = request_.packed.copy(buffer, size, sent_);
    sent_ += piece;
    if (hooks_.on_sent && piece > 0) hooks_.on_sent(sent_);
    return piece;
  }

  void take(std::string_view bytes) {
    while (!bytes.empty()) {
      const std::size_t end = bytes.find('\n');
      const std::string_view piece = bytes.substr(0, end);
      if (line_.size() + piece.size() > limits::kProgramLineBytesMax) {
        end_.too_long = cut_ = true;
      } else {
        line_ += piece;
      }
      if (end == std::string_view::npos) return;
      if (!cut_) take_line();
      line_.clear();
      cut_ = false;
      bytes.remove_prefix(end + 1);
    }
  }

  // Our control lines precede the program's own output.
  void take_line() {
    if (running_) {
      if (hooks_.on_line) hooks_.on_line(line_);
    } else if (line_ == "ready") {
      ready_ = true;
    } else if (line_ == "runs") {
      running_ = true;
    } else {
      refuse();
    }
  }

  void refuse() {
    constexpr std::string_view machine = "refused machine ";
    refused_ = true;
    if (line_.starts_with(machine)) {
      end_.how = ProgramEnd::How::other_machine;
      end_.words = line_.substr(machine.size(), 64);
    } else if (line_ == "refused place") {
      end_.how = ProgramEnd::How::no_place;
    } else {
      end_.how = ProgramEnd::How::not_arrived;
    }
  }

  ProgramRequest request_;
  ProgramHooks hooks_;
  ProgramEnd end_;
  std::size_t sent_ = 0;
  std::string line_;
  bool cut_ = false;
  bool ready_ = false;
  bool running_ = false;
  bool refused_ = false;
};

}  // namespace

awaitable<ProgramEnd> run_program(Shell& shell, ProgramRequest request, ProgramHooks hooks) {
  Program program(std::move(request), std::move(hooks));
  co_return co_await program.run(shell);
}

}  // namespace transports
