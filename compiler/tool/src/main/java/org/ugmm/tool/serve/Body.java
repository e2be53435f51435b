package org.ugmm.tool.serve;

import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
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
  private byte[] bytes = new byte[0];
  private int size;
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
      boolean isTooMuch = take(chunk.getByteBuffer());
      boolean isLast = chunk.isLast();
      chunk.release();
      if (isTooMuch || isLast) {
        cancel();
        if (isTooMuch) {
          exchange.problem(tooLarge(limit));
        } else {
          whole.accept(size == bytes.length ? bytes : Arrays.copyOf(bytes, size));
        }
        return;
      }
    }
    cancel();
  }

  /**
   * Takes a piece; true where the body is now longer than it may be. Most bodies come as one piece
   * and an empty end, and are not copied again.
   */
  private boolean take(ByteBuffer piece) {
    int more = piece.remaining();
    if (more > limit - size) {
      return true;
    }
    if (more > bytes.length - size) {
      bytes =
          Arrays.copyOf(bytes, size == 0 ? more : Math.max(size + more, Math.min(limit, 2 * size)));
    }
    piece.get(bytes, size, more);
    size += more;
    return false;
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
