package example;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.RefusedException;

class DeskTest {
  private static Inference inference;

  @BeforeAll
  static void compile() throws Exception {
    Path model = Path.of("../../models/iris-circuit/iris.graph.json");
    inference = new Inference(ModelCompiler.compile(model, CompileOptions.defaults()).circuit());
  }

  private static double setosa(Inference inference, int i) {
    Evidence flower =
        new Evidence(inference.circuit()).observe("sepal_length", 4 + 4.0 * i / 5_000);
    return ((CategoricalPosterior) inference.posterior("species", flower)).probability("setosa");
  }

  @Test
  void ask_manyCallers_haveTheBitsOfOneThread() throws Exception {
    List<CompletableFuture<Double>> answers = new ArrayList<>();
    AtomicInteger atWork = new AtomicInteger();
    AtomicInteger most = new AtomicInteger();
    try (Desk desk = new Desk(inference, 3, 5_000)) {
      for (int i = 0; i < 5_000; i++) {
        int flower = i;
        answers.add(
            desk.ask(
                asked -> {
                  most.accumulateAndGet(atWork.incrementAndGet(), Math::max);
                  double p = setosa(asked, flower);
                  atWork.decrementAndGet();
                  return p;
                }));
      }
    }
    for (int i = 0; i < 5_000; i++) {
      assertEquals(setosa(inference, i), answers.get(i).join());
    }
    assertTrue(most.get() <= 3, most + " at once");
  }

  @Test
  void ask_threadsOfTheJdk_areVirtualWhereThereAreSuch() {
    try (Desk desk = new Desk(inference, 1, 0)) {
      String kind = desk.ask(asked -> Thread.currentThread().toString()).join();
      assertEquals(Runtime.version().feature() >= 21, kind.startsWith("VirtualThread"), kind);
    }
  }

  @Test
  void ask_full_turnsAwayAndTakesAgain() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    CountDownLatch started = new CountDownLatch(1);
    try (Desk desk = new Desk(inference, 1, 1)) {
      CompletableFuture<Double> first =
          desk.ask(
              asked -> {
                started.countDown();
                await(goOn);
                return setosa(asked, 1);
              });
      started.await();
      CompletableFuture<Double> second = desk.ask(asked -> setosa(asked, 2));
      assertEquals(0, desk.freePlaces());
      assertThrows(RejectedExecutionException.class, () -> desk.ask(asked -> setosa(asked, 3)));
      assertThrows(
          RejectedExecutionException.class, () -> desk.askPatiently(asked -> setosa(asked, 3), 20));
      assertFalse(second.isDone());
      goOn.countDown();
      assertEquals(setosa(inference, 1), first.join());
      assertEquals(setosa(inference, 2), second.join());
      assertEquals(setosa(inference, 3), desk.askPatiently(asked -> setosa(asked, 3), 10_000));
    }
  }

  @Test
  void ask_cancelledWhileWaiting_isNotComputed() throws Exception {
    CountDownLatch goOn = new CountDownLatch(1);
    CountDownLatch started = new CountDownLatch(1);
    AtomicInteger computed = new AtomicInteger();
    Desk desk = new Desk(inference, 1, 2);
    desk.ask(
        asked -> {
          started.countDown();
          await(goOn);
          return 0;
        });
    started.await();
    CompletableFuture<Integer> unwanted = desk.ask(asked -> computed.incrementAndGet());
    assertTrue(unwanted.cancel(false));
    goOn.countDown();
    desk.close();
    assertEquals(0, computed.get());
    assertEquals(3, desk.freePlaces());
    assertThrows(RejectedExecutionException.class, () -> desk.ask(asked -> 1));
    assertEquals(3, desk.freePlaces());
  }

  @Test
  void ask_refusal_reachesWhoAsked() {
    try (Desk desk = new Desk(inference, 1, 0)) {
      CompletableFuture<?> impossible =
          desk.ask(
              asked ->
                  asked.posterior(
                      "species",
                      new Evidence(asked.circuit())
                          .where("species = setosa and species = virginica")));
      CompletionException e = assertThrows(CompletionException.class, impossible::join);
      assertTrue(e.getCause() instanceof RefusedException, String.valueOf(e.getCause()));
    }
  }

  private static void await(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
