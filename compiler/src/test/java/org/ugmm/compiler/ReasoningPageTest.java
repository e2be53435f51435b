package org.ugmm.compiler;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.ugmm.engine.Circuit;
import org.ugmm.engine.Evidence;
import org.ugmm.engine.Inference;
import org.ugmm.engine.MarginalMap;
import org.ugmm.engine.Session;
import org.ugmm.engine.data.CategoricalPosterior;
import org.ugmm.engine.data.LogProbability;
import org.ugmm.engine.data.Quantity;
import org.ugmm.testdata.Golden;

/** Keeps the program on the page about reasoning true. */
class ReasoningPageTest {
  private final StringBuilder printed = new StringBuilder();

  private void print(String format, Object... arguments) {
    printed.append(String.format(Locale.ROOT, format, arguments)).append('\n');
  }

  @Test
  void example_ofThePage_printsWhatThePageSays() throws IOException {
    Path model = Golden.find("models/networks/asia.bif");
    Circuit circuit = ModelCompiler.compile(model, CompileOptions.defaults()).circuit();
    // example
    Inference inference = new Inference(circuit);
    Session session = new Session(inference).assertPoint("dysp", "yes");
    CategoricalPosterior before = (CategoricalPosterior) session.posterior("bronc");
    session.assertPoint("smoke", "no").assertLikelihood("xray", 0.9, 0.2);
    CategoricalPosterior after = (CategoricalPosterior) session.posterior("bronc");
    print("bronchitis %.4f, then %.4f", before.probability("yes"), after.probability("yes"));
    print("changed since: %s", session.changedSince(1));

    Quantity gain = session.informationGain("asia", "tub");
    print("to know of the visit would tell %.6f nats", gain.value());

    Evidence known =
        session.retract("xray").snapshot().where("exactly 1 of (tub = yes, lung = yes)");
    LogProbability either = inference.marginal(known);
    MarginalMap map = inference.marginalMap(known, "tub", "lung");
    print(
        "p %.3e, state of tub %.0f, of lung %.0f",
        Math.exp(either.value()), map.values()[0], map.values()[1]);
    // end
    Path page = Golden.find("models").getParent().resolveSibling("compiler/docs/reasoning.md");
    String text = Files.readString(page);
    assertTrue(text.contains("```\n" + printed + "```"), "the page lacks\n" + printed);
    String source =
        Files.readString(
            page.resolveSibling("../src/test/java/org/ugmm/compiler/ReasoningPageTest.java"));
    String example = source.split(" +// example\n")[1].split(" +// end\n")[0];
    assertTrue(squeezed(text).contains(squeezed(example)), "the page lacks\n" + example);
  }

  private static String squeezed(String code) {
    return code.replaceAll("\\s+", " ").strip();
  }
}
