package org.ugmm.compiler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.GaussianMixture;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.MpeAnswer;
import org.ugmm.testdata.Golden;

/** Keeps the example in the README true. */
class ReadmeTest {
  private final StringBuilder printed = new StringBuilder();

  private void print(String format, Object... arguments) {
    printed.append(format.formatted(arguments)).append('\n');
  }

  @Test
  void example_ofTheReadme_printsWhatTheReadmeSays() throws IOException {
    Path model = Golden.find("models/iris-circuit/iris.graph.json");
    Locale.setDefault(Locale.ROOT);
    // example
    Circuit circuit = ModelCompiler.compile(model, CompileOptions.defaults()).circuit();
    Inference inference = new Inference(circuit);
    Evidence flower =
        new Evidence(circuit).observe("sepal_length", 5.1).observe("sepal_width", 3.5);

    LogProbability p = inference.marginal(flower);
    CategoricalPosterior species = (CategoricalPosterior) inference.posterior("species", flower);
    GaussianMixture petal = (GaussianMixture) inference.posterior("petal_length", flower);
    MpeAnswer mpe = inference.mpe(flower);

    print("log-density %.6f, %s", p.value(), p.certificate().kind());
    print("setosa %.4f", species.probability("setosa"));
    print("petal length %.3f, 95 %% below %.3f", petal.mean(), petal.quantile(0.95));
    print("most probable: log %.6f <= %.6f", mpe.logValue(), mpe.logUpperBound());
    // end
    String readme = Files.readString(readme());
    for (String line : printed.toString().split("\n")) {
      assertTrue(readme.contains(line), "README lacks the line: " + line);
    }
    assertEquals(exampleIn(Files.readString(source())), exampleIn(readme));
  }

  private static Path readme() {
    return Golden.find("models").getParent().resolveSibling("README.md");
  }

  private static Path source() {
    return readme().resolveSibling("compiler/src/test/java/org/ugmm/compiler/ReadmeTest.java");
  }

  /** The code from the first declaration to the last call, without indentation. */
  private static String exampleIn(String text) {
    int from = text.indexOf("Circuit circuit = ");
    int to = text.indexOf(";\n", text.indexOf("print(\"most probable", from));
    return text.substring(from, to).replaceAll("(?m)^ +", "");
  }
}
