package org.ugmm.tool.serve;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.util.thread.Scheduler;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.tool.answer.Question;
import org.ugmm.tool.answer.RowQuestion;
import org.ugmm.tool.draw.CircuitDrawing;
import org.ugmm.tool.request.AboutRequest;
import org.ugmm.tool.request.Limits;
import org.ugmm.tool.request.QueryRequest;
import org.ugmm.tool.request.RequestException;
import org.ugmm.tool.request.TableRequest;

/** Answers queries and batches: cheap ones where they come in, the others by {@link Work}. */
final class Desk {
  /** How many times as long as the longest body a filled table may be. */
  private static final int TABLE_GROWTH = 8;

  private static final String CSV = "text/csv; charset=utf-8";

  /** A body longer than this is not read on the selector's thread. */
  private static final int SMALL_BODY = 1 << 14;

  private final ServeOptions options;
  private final Work work;
  private final Scheduler scheduler;
  private final PrintStream log;

  Desk(ServeOptions options, Work work, Scheduler scheduler, PrintStream log) {
    this.options = options;
    this.work = work;
    this.scheduler = scheduler;
    this.log = log;
  }

  /** Answers one query with the document that {@code query --json} prints. */
  void query(Exchange exchange, ServedModel.Loaded model, byte[] body) {
    if (body.length > SMALL_BODY) {
      submit(exchange, model, () -> answer(exchange, model, read(model, body, false)));
      return;
    }
    guarded(
        exchange,
        model,
        () -> {
          QueryRequest request = read(model, body, false);
          if (isCheap(request, model)) {
            answer(exchange, model, request);
          } else {
            submit(exchange, model, () -> answer(exchange, model, request));
          }
        });
  }

  /** Answers each row of a batch with a line, in their order. */
  void batch(Exchange exchange, ServedModel.Loaded model, byte[] body) {
    submit(exchange, model, () -> stream(exchange, model, read(model, body, true)));
  }

  /** Answers with all that the explorer page shows. */
  void explore(Exchange exchange, ServedModel.Loaded model, byte[] body) {
    submit(
        exchange,
        model,
        () -> {
          QueryRequest request = read(model, body, false);
          Inference inference = inference(request, model);
          if (request.questions().get(0) instanceof RowQuestion.PosteriorOf) {
            exchange.json(200, Explore.answer(model, inference, request));
          } else {
            Bytes out = new Bytes();
            request.answer(model.compilation(), inference, request.rows().get(0).given(), out);
            exchange.json(200, out.toByteArray());
          }
        });
  }

  /** Reads a body as a request of some kind. */
  private interface Reading<R> {
    R of(byte[] body, Compilation model, InferenceOptions standard, Limits limits);
  }

  /** Writes what a command says about an answer. */
  private interface About {
    void write(AboutRequest request, Compilation model, Inference inference, OutputStream out)
        throws IOException;
  }

  /** Writes what a command makes of a table. */
  private interface OfTable {
    void write(TableRequest request, Compilation model, Inference inference, OutputStream out)
        throws IOException;
  }

  /** Answers with the document that {@code explain --json} prints. */
  void explain(Exchange exchange, ServedModel.Loaded model, byte[] body) {
    about(exchange, model, body, AboutRequest::readExplain, AboutRequest::explain);
  }

  /** Answers with the document that {@code advise --json} prints. */
  void advise(Exchange exchange, ServedModel.Loaded model, byte[] body) {
    about(exchange, model, body, AboutRequest::readAdvise, AboutRequest::advise);
  }

  private void about(
      Exchange exchange,
      ServedModel.Loaded model,
      byte[] body,
      Reading<AboutRequest> reading,
      About about) {
    long start = System.nanoTime();
    submit(
        exchange,
        model,
        () -> {
          AboutRequest request = read(reading, model, body);
          Bytes out = new Bytes();
          about.write(request, model.compilation(), inference(request, model), out);
          send(exchange, out, start);
        });
  }

  /** Answers with the table that {@code impute} writes. */
  void impute(Exchange exchange, ServedModel.Loaded model, byte[] body) {
    table(
        exchange,
        model,
        body,
        TableRequest::readImpute,
        TableRequest::impute,
        request -> CSV,
        (long) TABLE_GROWTH * options.bodyBytes());
  }

  /** Answers with the document that {@code check --json} prints, or with its table of all rows. */
  void check(Exchange exchange, ServedModel.Loaded model, byte[] body) {
    table(
        exchange,
        model,
        body,
        TableRequest::readCheck,
        TableRequest::check,
        request -> request.isOfRows() ? CSV : Exchange.JSON,
        Integer.MAX_VALUE);
  }

  private void table(
      Exchange exchange,
      ServedModel.Loaded model,
      byte[] body,
      Reading<TableRequest> reading,
      OfTable ofTable,
      Function<TableRequest, String> type,
      long mostBytes) {
    submit(
        exchange,
        model,
        () -> {
          TableRequest request = read(reading, model, body);
          Bytes out = new Bytes(mostBytes);
          ofTable.write(request, model.compilation(), timed(request.options(), model), out);
          exchange.send(200, type.apply(request), out.toByteArray());
        });
  }

  private <R> R read(Reading<R> reading, ServedModel.Loaded model, byte[] body) {
    return reading.of(body, model.compilation(), model.standard().options(), options.limits());
  }

  /** Draws the circuit. */
  void picture(Exchange exchange, ServedModel.Loaded model) {
    submit(
        exchange,
        model,
        () -> {
          String svg = CircuitDrawing.of(model.circuit(), model.compilation().analysis()::describe);
          exchange.send(200, "image/svg+xml", svg.getBytes(StandardCharsets.UTF_8));
        });
  }

  /** What answers a request, or fails. */
  interface Task {
    void run() throws IOException;
  }

  /** Has a thread of the pool answer. */
  void submit(Exchange exchange, ServedModel.Loaded model, Task task) {
    work.submit(exchange, () -> guarded(exchange, model, task));
  }

  /** Answers, with a problem where that fails. */
  void guarded(Exchange exchange, ServedModel.Loaded model, Task task) {
    try {
      task.run();
    } catch (IOException | RuntimeException | OutOfMemoryError | StackOverflowError e) {
      if (!Thread.currentThread().isInterrupted()) { // else it is late, and the client was told
        exchange.problem(problem(e, model));
      }
    }
  }

  private Problem problem(Throwable e, ServedModel.Loaded model) {
    Problem problem = Problem.of(e, model.compilation().analysis());
    if (problem.kind() == Problem.Kind.FAILED) {
      // our own fault: the client is told no more than that, so all of it goes to the service's log
      log.println("ugmm: a request about '%s' failed with %s".formatted(model.name(), e));
      e.printStackTrace(log);
    }
    return problem;
  }

  private QueryRequest read(ServedModel.Loaded model, byte[] body, boolean isBatch) {
    return QueryRequest.read(
        body, model.compilation(), isBatch, model.standard().options(), options.limits());
  }

  private static boolean hasFormula(QueryRequest request) {
    return request.questions().get(0) instanceof RowQuestion.ProbabilityOf
        || !request.rows().isEmpty() && request.rows().get(0).given().where() != null;
  }

  private boolean isCheap(QueryRequest request, ServedModel.Loaded model) {
    InferenceOptions asked = request.options();
    if (hasFormula(request)) {
      return false;
    }
    long passes = 0;
    for (Question question : request.questions()) {
      if (question instanceof RowQuestion.Log) {
        passes++;
      } else if (question instanceof RowQuestion.PosteriorOf
          || question instanceof RowQuestion.Mpe && model.hasOnePassMpe()) {
        passes += 2;
      } else {
        return false;
      }
    }
    return model.isCheap(passes) && asked.equals(model.standard().options());
  }

  /*
   * A search ends at the deadline at the latest, when its answer is not taken any more. One about a
   * formula goes another way where the time is limited, and would not have the bits of the command;
   * its budget of work ends it.
   */
  private Inference inference(QueryRequest request, ServedModel.Loaded model) {
    return isCheap(request, model) || hasFormula(request)
        ? model.inference(request.options())
        : timed(request.options(), model);
  }

  private Inference inference(AboutRequest request, ServedModel.Loaded model) {
    return request.given().where() != null
        ? model.inference(request.options())
        : timed(request.options(), model);
  }

  private Inference timed(InferenceOptions asked, ServedModel.Loaded model) {
    return asked.budget().nanos() <= options.deadline().toNanos()
        ? model.inference(asked)
        : model.inference(asked.withBudget(asked.budget().withTime(options.deadline())));
  }

  /** Bytes that are not copied again, up to a number. */
  private static final class Bytes extends ByteArrayOutputStream {
    private static final int FIRST_BYTES = 512; // most answers about one variable have less

    private final long most;

    Bytes() {
      this(Integer.MAX_VALUE);
    }

    Bytes(long most) {
      super(FIRST_BYTES);
      this.most = most;
    }

    @Override
    public synchronized void write(byte[] bytes, int from, int length) {
      if (count + (long) length > most) {
        throw RequestException.unexpected(
            "/data", "the answer has more than %d bytes; send fewer rows".formatted(most));
      }
      super.write(bytes, from, length);
    }

    byte[] array() {
      return buf;
    }
  }

  private void answer(Exchange exchange, ServedModel.Loaded model, QueryRequest request)
      throws IOException {
    long start = System.nanoTime();
    Bytes out = new Bytes();
    request.answer(
        model.compilation(), inference(request, model), request.rows().get(0).given(), out);
    send(exchange, out, start);
  }

  private void send(Exchange exchange, Bytes out, long start) {
    if (System.nanoTime() - start > options.deadline().toNanos()) {
      // the engine ends a search at this time, and what it has by then depends on the clock
      exchange.problem(Problem.DEADLINE);
    } else {
      exchange.json(out.array(), out.size());
    }
  }

  /*
   * The rows are answered on one thread, which waits where the client reads slowly. A client that
   * takes nothing for a while is cut off by the idle time of its connection, one that takes a little
   * now and then by the end of twice the deadline.
   */
  private void stream(Exchange exchange, ServedModel.Loaded model, QueryRequest request) {
    if (!exchange.claim()) {
      return;
    }
    long deadline = options.deadline().toNanos();
    long start = System.nanoTime();
    Inference inference = inference(request, model);
    Scheduler.Task cut = scheduler.schedule(exchange::cutOff, 2 * deadline, TimeUnit.NANOSECONDS);
    try (OutputStream out = Content.Sink.asOutputStream(exchange.stream("application/x-ndjson"))) {
      Bytes lines = new Bytes();
      boolean isLate = false;
      for (int r = 0; r < request.rows().size() && !isLate; r++) {
        isLate = System.nanoTime() - start > deadline;
        line(lines, model, request, inference, r, isLate);
        if (lines.size() > SMALL_BODY) {
          out.write(lines.array(), 0, lines.size());
          lines.reset();
        }
      }
      out.write(lines.array(), 0, lines.size());
    } catch (IOException e) {
      exchange.abort(e);
      return;
    } finally {
      cut.cancel();
    }
    exchange.streamed();
  }

  /** The line of a row: its answer, or its problem with its number. */
  private void line(
      Bytes lines,
      ServedModel.Loaded model,
      QueryRequest request,
      Inference inference,
      int row,
      boolean isLate) {
    int before = lines.size();
    RuntimeException error = request.rows().get(row).error();
    Problem problem;
    if (isLate) {
      problem = Problem.DEADLINE;
    } else if (error != null) {
      problem = Problem.of(error, model.compilation().analysis());
    } else {
      try {
        request.answer(model.compilation(), inference, request.rows().get(row).given(), lines);
        return;
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      } catch (RuntimeException | OutOfMemoryError e) {
        problem = problem(e, model);
      }
    }
    if (lines.size() != before) {
      throw new IllegalStateException("a line was begun before it failed");
    }
    byte[] text = problem.json(row);
    lines.write(text, 0, text.length);
  }
}
