package example;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;

/**
 * One inference for a whole program, as a service would hold it: any number of callers, each in a
 * thread of its own, as many questions at work as there are processors, and a bounded line of those
 * that wait. Safe to share between threads.
 */
public final class Desk implements AutoCloseable {
  /*
   * A question computes and does not block, so that more of them at once than processors only make
   * each slower. Two semaphores: places, of those at work or waiting, which a caller gets at once or is
   * told to come back later, so that memory and waiting stay bounded; and processors, for which it
   * waits. The threads are virtual where there are such, from JDK 21 on, and else plain ones that are
   * used again: a waiting virtual thread costs next to nothing, a plain one its stack.
   */
  private final Inference inference;
  private final Semaphore places;
  private final Semaphore processors;
  private final ExecutorService threads;

  /**
   * Opens.
   *
   * @param inference of which one is enough for all threads
   * @param atWork questions computed at once; the number of processors is best
   * @param waiting questions that may wait besides
   */
  public Desk(Inference inference, int atWork, int waiting) {
    this.inference = inference;
    places = new Semaphore(atWork + waiting);
    processors = new Semaphore(atWork, true);
    threads = perTask();
  }

  /** A thread for each task: virtual ones where the JDK has them. */
  private static ExecutorService perTask() {
    try {
      return (ExecutorService)
          Executors.class.getMethod("newVirtualThreadPerTaskExecutor").invoke(null);
    } catch (ReflectiveOperationException before21) {
      ThreadFactory plain = Executors.defaultThreadFactory();
      return Executors.newCachedThreadPool(
          task -> {
            Thread thread = plain.newThread(task);
            thread.setDaemon(true);
            return thread;
          });
    }
  }

  /**
   * Asks, in a thread of its own.
   *
   * @return the answer; cancelling it while it waits gives its place to another
   * @throws RejectedExecutionException if too many wait already; nothing was started
   */
  public <T> CompletableFuture<T> ask(Function<Inference, T> question) {
    if (!places.tryAcquire()) {
      throw new RejectedExecutionException("too many questions wait; come back later");
    }
    CompletableFuture<T> answer = new CompletableFuture<>();
    try {
      threads.execute(() -> answer(question, answer));
    } catch (RuntimeException closed) {
      places.release();
      throw closed;
    }
    return answer;
  }

  private <T> void answer(Function<Inference, T> question, CompletableFuture<T> answer) {
    try {
      processors.acquire();
      try {
        if (!answer.isDone()) { // nobody may want it any more
          answer.complete(question.apply(inference));
        }
      } finally {
        processors.release();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      answer.completeExceptionally(e);
    } catch (Throwable e) {
      answer.completeExceptionally(e); // a refusal is an answer too
    } finally {
      places.release();
    }
  }

  /**
   * Asks as often as it takes, waiting between, for callers that slow down when the desk is full.
   *
   * @param patience milliseconds in all
   * @throws RejectedExecutionException if that was not enough
   */
  public <T> T askPatiently(Function<Inference, T> question, long patience) throws Exception {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(patience);
    for (long pause = 1; ; pause = Math.min(2 * pause, 50)) {
      try {
        return unwrapped(() -> ask(question).join());
      } catch (RejectedExecutionException full) {
        if (System.nanoTime() > end) {
          throw full;
        }
        Thread.sleep(pause);
      }
    }
  }

  private static <T> T unwrapped(Callable<T> call) throws Exception {
    try {
      return call.call();
    } catch (CompletionException e) {
      throw e.getCause() instanceof Exception cause ? cause : e;
    }
  }

  /** How many more questions would be taken now. */
  public int freePlaces() {
    return places.availablePermits();
  }

  /** Lets those at work and waiting finish, and takes no more. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(1, TimeUnit.MINUTES)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      threads.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }

  /** Runs with the path of a model of Iris: 20,000 callers at once, each with a flower. */
  public static void main(String[] args) throws Exception {
    Path model = Path.of(args[0]);
    Inference inference =
        new Inference(ModelCompiler.compile(model, CompileOptions.defaults()).circuit());
    int processors = Runtime.getRuntime().availableProcessors();
    AtomicInteger turnedAway = new AtomicInteger();
    List<CompletableFuture<Double>> answers = new ArrayList<>();
    try (Desk desk = new Desk(inference, processors, 1_000)) {
      for (int i = 0; i < 20_000; i++) {
        double length = 4 + 4.0 * i / 20_000;
        try {
          answers.add(desk.ask(asked -> setosa(asked, length)));
        } catch (RejectedExecutionException full) {
          turnedAway.incrementAndGet();
        }
      }
    }
    double sum = answers.stream().mapToDouble(CompletableFuture::join).sum();
    System.out.printf(
        "%,d answered, %,d turned away, mean probability of setosa %.2f%n",
        answers.size(), turnedAway.get(), sum / answers.size());
  }

  private static double setosa(Inference inference, double sepalLength) {
    Evidence flower = new Evidence(inference.circuit()).observe("sepal_length", sepalLength);
    return ((CategoricalPosterior) inference.posterior("species", flower)).probability("setosa");
  }
}
