package example;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.ugmm.compiler.CompileOptions;
import org.ugmm.compiler.ModelCompiler;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.Certificate;

/** Asks one model from many threads. */
public final class Embed {
  private static final int THREADS = 8;
  private static final int FLOWERS = 1_000;

  private Embed() {}

  /** Runs with the path of a model of Iris. */
  public static void main(String[] args) throws Exception {
    Circuit circuit = ModelCompiler.compile(Path.of(args[0]), CompileOptions.defaults()).circuit();
    // one for the whole program: it leases its workspaces, and no answer depends on the thread
    Inference inference = new Inference(circuit);

    ExecutorService threads = Executors.newFixedThreadPool(THREADS);
    List<Future<Double>> answers = new ArrayList<>();
    for (int i = 0; i < FLOWERS; i++) {
      double length = 4 + 4.0 * i / FLOWERS;
      answers.add(threads.submit(() -> setosa(inference, length).probability("setosa")));
    }
    int different = 0;
    for (int i = 0; i < FLOWERS; i++) {
      double alone = setosa(inference, 4 + 4.0 * i / FLOWERS).probability("setosa");
      different += answers.get(i).get() == alone ? 0 : 1;
    }
    threads.shutdown();
    System.out.printf(
        "%,d flowers asked by %d threads, %d differ from one thread's answers%n",
        FLOWERS, THREADS, different);

    CategoricalPosterior species = setosa(inference, 5.1);
    Certificate.Exact exact = (Certificate.Exact) species.certificate();
    System.out.printf(
        "setosa %.4f, %s, relative error at most %.1e%n",
        species.probability("setosa"), exact.kind(), exact.relativeErrorBound());
  }

  private static CategoricalPosterior setosa(Inference inference, double sepalLength) {
    Evidence flower = new Evidence(inference.circuit()).observe("sepal_length", sepalLength);
    return (CategoricalPosterior) inference.posterior("species", flower);
  }
}
