package org.ugmm.tool.serve;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import org.ugmm.compiler.Compilation;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.InferenceOptions;
import org.ugmm.engine.data.RefusedException;
import org.ugmm.tool.draw.Backdrop;
import org.ugmm.tool.inspect.InspectionJson;
import org.ugmm.tool.request.Inferences;
import org.ugmm.tool.request.Limits;
import org.ugmm.tool.request.QueryRequest;
import org.ugmm.tool.run.TableRun;

/**
 * A model by its name. What is loaded is replaced as a whole; a request uses one from end to end.
 */
public final class ServedModel {
  private final String name;
  private final Callable<Compilation> loader;
  private final InferenceOptions options;
  private volatile Loaded loaded;

  /**
   * Serves a model.
   *
   * @param loader reads the model again
   * @param options how questions are answered where the request does not say
   */
  public ServedModel(
      String name,
      Compilation compilation,
      Callable<Compilation> loader,
      InferenceOptions options) {
    this.name = name;
    this.loader = loader;
    this.options = options;
    loaded = new Loaded(name, compilation, options);
  }

  /** The name in the address. */
  public String name() {
    return name;
  }

  Loaded loaded() {
    return loaded;
  }

  /** Reads the model again, warms it up and only then serves it. */
  synchronized Loaded reload() throws Exception {
    Loaded fresh = new Loaded(name, loader.call(), options);
    fresh.warmUp();
    TableRun.requireWanted(); // a client that was told of no success must find none
    loaded = fresh;
    return fresh;
  }

  /** A model as it was read. Safe to share. */
  static final class Loaded {
    /** Edges that one answer on the selector's thread may pass: some tenths of a millisecond. */
    private static final long CHEAP_EDGES = 20_000;

    private static final int WARM_UP_QUERIES = 200;
    private static final long WARM_UP_NANOS = 500_000_000;

    private final String name;
    private final Compilation compilation;
    private volatile byte[] description = new byte[0];
    private volatile @Nullable Backdrop backdrop;

    private final Inferences inferences;

    Loaded(String name, Compilation compilation, InferenceOptions options) {
      this.name = name;
      this.compilation = compilation;
      inferences = new Inferences(compilation.circuit(), options);
    }

    String name() {
      return name;
    }

    Compilation compilation() {
      return compilation;
    }

    Circuit circuit() {
      return compilation.circuit();
    }

    Inference standard() {
      return inferences.standard();
    }

    Inference inference(InferenceOptions options) {
      return inferences.with(options);
    }

    /** Whether so many passes, up and down, are answered at once. */
    boolean isCheap(long passes) {
      return circuit().structure().isTractable() && passes * circuit().numEdges() <= CHEAP_EDGES;
    }

    boolean hasOnePassMpe() {
      return circuit().structure().whyNotMaxPass() == null;
    }

    /** As {@code inspect --json} prints it; made once. */
    byte[] description() {
      byte[] made = description;
      if (made.length == 0) {
        made = InspectionJson.document(name, compilation);
        description = made;
      }
      return made;
    }

    /** Before what posteriors are drawn; made once. */
    Backdrop backdrop() {
      Backdrop made = backdrop;
      if (made == null) {
        made = new Backdrop(standard());
        backdrop = made;
      }
      return made;
    }

    /** Asks what is likely to be asked, so that the first client does not wait for the JIT. */
    void warmUp() {
      Evidence nothing = new Evidence(circuit());
      description();
      if (isCheap(2)) {
        warmUpPage();
      }
      long start = System.nanoTime();
      for (int i = 0; i < WARM_UP_QUERIES && System.nanoTime() - start < WARM_UP_NANOS; i++) {
        try {
          standard().marginal(nothing);
          if (isCheap(2)) {
            standard().posteriors(nothing);
          }
        } catch (RefusedException e) {
          return; // what needs evidence is warmed up by its first client
        }
      }
    }

    /** Asks what the explorer page asks first: drawing takes the most of it. */
    private void warmUpPage() {
      QueryRequest request =
          QueryRequest.read(
              "{\"query\":\"posterior\"}".getBytes(StandardCharsets.UTF_8),
              compilation,
              false,
              standard().options(),
              new Limits(1, 1, 1));
      long start = System.nanoTime();
      for (int i = 0; i < WARM_UP_QUERIES && System.nanoTime() - start < WARM_UP_NANOS; i++) {
        try {
          Explore.answer(this, standard(), request);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
  }
}
