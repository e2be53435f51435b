package org.ugmm.tool.serve;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.util.thread.Invocable;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * Reads the body of a request as it comes, without a thread that waits, up to a size and a time.
 */
final class Body implements Invocable.Task {
  private final Exchange exchange;
  private final int limit;
  private final Duration patience;
  private final Scheduler scheduler;
  private final Consumer<byte[]> whole;
  private @Nullable ByteArrayOutputStream begun;
  private Scheduler.@Nullable Task late;

  private Body(
      Exchange exchange,
      int limit,
      Duration patience,
      Scheduler scheduler,
      Consumer<byte[]> whole) {
    this.exchange = exchange;
    this.limit = limit;
    this.patience = patience;
    this.scheduler = scheduler;
    this.whole = whole;
  }

  /** Reads a body; a problem is told to the client. */
  static void read(
      Exchange exchange,
      int limit,
      Duration patience,
      Scheduler scheduler,
      Consumer<byte[]> whole) {
    long announced = exchange.request().getHeaders().getLongField(HttpHeader.CONTENT_LENGTH);
    if (announced > limit) {
      exchange.problem(tooLarge(limit));
    } else {
      new Body(exchange, limit, patience, scheduler, whole).run();
    }
  }

  private static Problem tooLarge(int limit) {
    return Problem.of(
        413,
        Problem.Kind.TOO_LARGE,
        "the body has more than %d bytes".formatted(limit),
        "body",
        "send less at once, or start the service with a larger --max-body");
  }

  @Override
  public InvocationType getInvocationType() {
    return InvocationType.NON_BLOCKING;
  }

  @Override
  public void run() {
    Request request = exchange.request();
    while (!exchange.isAnswered()) {
      Content.Chunk chunk = request.read();
      if (chunk == null) {
        if (late == null) {
          late =
              scheduler.schedule(
                  () -> exchange.problem(slow()), patience.toNanos(), TimeUnit.NANOSECONDS);
        }
        request.demand(this);
        return;
      }
      if (Content.Chunk.isFailure(chunk)) {
        cancel();
        if (chunk.getFailure() instanceof TimeoutException) {
          exchange.problem(slow());
        } else if (exchange.claim()) {
          exchange.abort(chunk.getFailure());
        }
        return;
      }
      byte[] read = take(chunk.getByteBuffer());
      boolean isLast = chunk.isLast();
      chunk.release();
      if (isWhole(read, isLast)) {
        return;
      }
    }
    cancel();
  }

  private static byte[] take(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return bytes;
  }

  /** Takes a piece; true where nothing more is to be read. */
  private boolean isWhole(byte[] read, boolean isLast) {
    ByteArrayOutputStream before = begun;
    long size = (before == null ? 0 : before.size()) + (long) read.length;
    if (size > limit) {
      cancel();
      exchange.problem(tooLarge(limit));
      return true;
    }
    if (before == null && isLast) {
      cancel();
      whole.accept(read);
      return true;
    }
    if (before == null) {
      before = new ByteArrayOutputStream(Math.max(1024, 2 * read.length));
      begun = before;
    }
    before.write(read, 0, read.length);
    if (isLast) {
      cancel();
      begun = null;
      whole.accept(before.toByteArray());
    }
    return isLast;
  }

  private void cancel() {
    if (late != null) {
      late.cancel();
    }
  }

  private static Problem slow() {
    return Problem.of(
        408,
        Problem.Kind.SLOW,
        "the body did not arrive in time",
        "body",
        "send it faster, or start the service with a longer --patience");
  }
}
