package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code train --network} and what its models answer. */
final class TrainNetworkTest {
  @TempDir private Path folder;

  private String model(String ending) {
    return folder.resolve("iris" + ending).toString();
  }

  private static Run train(String... more) {
    String[] args = new String[more.length + 8];
    System.arraycopy(
        new String[] {
          "train", "@data/iris.csv", "--class", "species", "--epochs", "40", "--threads", "1"
        },
        0,
        args,
        0,
        8);
    System.arraycopy(more, 0, args, 8, more.length);
    return Run.of(args);
  }

  @Test
  void networks_writtenInEachFormat_classifyTheSame() {
    for (String ending : new String[] {".json", ".circuit", ".safetensors"}) {
      Run trained = train("--network", "4-10-5-3", "-o", model(ending));
      assertEquals(0, trained.status(), trained.err());
      assertTrue(trained.out().contains("network 4-10-5-3: 315 parameters"), trained.out());
      assertTrue(trained.out().contains("right of 30 rows kept back"), trained.out());
      assertFalse(Files.exists(folder.resolve("iris" + ending + ".train")));
      if (ending.equals(".safetensors")) {
        assertTrue(trained.err().contains("no place for names"), trained.err());
        Run inspected = Run.of("inspect", model(ending));
        assertEquals(0, inspected.status(), inspected.err());
      } else {
        Run scored =
            Run.of(
                "score",
                model(ending),
                "@data/iris.csv",
                "--query",
                "class",
                "--summary",
                "--json");
        assertEquals(0, scored.status(), scored.err());
        assertTrue(scored.json().get("accuracy").asDouble() > 0.9, scored.out());
      }
    }
    Run card = Run.of("inspect", model(".circuit"), "--json");
    assertEquals("4-10-5-3", card.json().get("card").get("network").asText());
    assertEquals(150, card.json().get("card").get("trainRows").asInt());
  }

  @Test
  void missingFeature_isAnsweredWithACertificateByDefault() {
    assertEquals(0, train("--network", "4-6-3", "-o", model(".json")).status());
    Run asked =
        Run.of(
            "query",
            model(".json"),
            "--given",
            "petal_length=1.4",
            "--given",
            "petal_width=0.2",
            "--given",
            "sepal_length=5",
            "--posterior",
            "species",
            "--json");
    assertEquals(0, asked.status(), asked.err());
    String kind = asked.json().findValue("certificate").get("kind").asText();
    assertTrue(kind.equals("ENCLOSED") || kind.equals("EXACT"), kind);
  }

  @Test
  void hybrid_andOneRoot_areLearnedToo() {
    Run hybrid =
        train("--network", "4-6-3", "--learn", "hybrid", "--tied", "-o", model(".json"), "--json");
    assertEquals(0, hybrid.status(), hybrid.err());
    assertEquals(40, hybrid.json().get("epochsDone").asInt());
    Run joint = train("--network", "5-6-1", "--recipe", "paper", "-o", model(".json"));
    assertEquals(0, joint.status(), joint.err());
    assertTrue(joint.out().contains("mean log of the network"), joint.out());
  }

  @Test
  void optionsThatDoNotFit_areWrongUsage() {
    String[][] wrong = {
      {"--network", "4-x", "-o", "a.json"},
      {"--network", "4-3-3", "-o", "a.psdd"},
      {"--network", "4-3-3", "--dropout", "1", "-o", "a.json"},
      {"--network", "4-3-3", "--learn", "em", "-o", "a.json"},
      {"--network", "4-3-3", "--structure", "tree", "-o", "a.json"},
      {"--tied", "-o", "a.circuit"},
      {"--recipe", "paper", "-o", "a.circuit"}
    };
    String[] said = {
      "expected sizes of layers such as", "the ending tells no format of a network", "--dropout 1",
      "expected gradient or hybrid", "stands for the structure", "--tied is for networks",
      "--recipe is for networks"
    };
    for (int i = 0; i < wrong.length; i++) {
      Run run = train(wrong[i]);
      assertEquals(2, run.status(), run.err());
      assertTrue(run.err().contains(said[i]), run.err());
    }
    Run unfit = train("--network", "7-3-3", "-o", model(".json"));
    assertEquals(3, unfit.status());
    assertTrue(unfit.err().contains("network 7-3-3 reads 7 inputs"), unfit.err());
  }

  @Test
  void convert_ofANetwork_writesTheStateDictAndTheLayers() {
    String tensors = folder.resolve("m.safetensors").toString();
    String layers = folder.resolve("m.network.json").toString();
    Run run = Run.of("convert", "@models/iris-deep/iris.network.json", "-o", tensors);
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("3 layers"), run.out());
    assertEquals(0, Run.of("convert", tensors, "-o", layers, "--domain", "x0=[0,9]").status());
    assertTrue(Run.of("inspect", layers).out().contains("[0, 9]"));
    Run none = Run.of("convert", "@models/networks/asia.bif", "-o", tensors);
    assertEquals(3, none.status());
    assertTrue(none.err().contains("is no layered network"), none.err());
  }

  @Test
  void cost_ofANetwork_countsItsComponentsBesideAPerceptron() {
    Run run = Run.of("inspect", "@models/digits-deep/digits.network.json", "--cost", "--json");
    assertEquals(0, run.status(), run.err());
    int components = 64 * 64 + 64 * 32 + 32 * 10;
    var cost = run.json().get("cost");
    assertEquals(3 * components, cost.get("parameters").asInt());
    assertTrue(cost.get("exponentials").asInt() >= components, run.out());
    assertTrue(cost.get("exponentials").asInt() <= components + 10, run.out());
    assertTrue(cost.get("operations").asInt() >= 5 * components, run.out());
    assertEquals(2 * components, cost.get("perceptron").get("operations").asInt());
    assertEquals(components + 64 + 32 + 10, cost.get("perceptron").get("parameters").asInt());
    Run text = Run.of("inspect", "@models/networks/asia.bif", "--cost");
    assertTrue(text.out().contains("operations a row"), text.out());
    assertFalse(text.out().contains("perceptron"), text.out());
  }

  @Test
  void tractableNetwork_answersExactlyWithFeaturesMissing_andSaysThePrice() {
    for (String ending : new String[] {".json", ".circuit"}) {
      Run trained =
          train("--network", "4-6-3", "--tractable", "--gaussians", "2", "-o", model(ending));
      assertEquals(0, trained.status(), trained.err());
      assertTrue(trained.out().contains("tractable network 4-6-3: "), trained.out());
      assertTrue(trained.out().contains("the price of exact answers"), trained.out());
      Run asked =
          Run.of(
              "query",
              model(ending),
              "--given",
              "petal_length=1.4",
              "--posterior",
              "species",
              "--json");
      assertEquals(0, asked.status(), asked.err());
      String kind = asked.json().findValue("certificate").get("kind").asText();
      assertEquals("EXACT", kind);
    }
  }

  @Test
  void costOfATractableNetwork_isAnExponentialAProductOfDensities() {
    Run trained = train("--network", "4-6-3", "--tractable", "-o", model(".json"));
    assertEquals(0, trained.status(), trained.err());
    Run run = Run.of("inspect", model(".json"), "--cost", "--json");
    assertEquals(0, run.status(), run.err());
    assertEquals(6, run.json().findValue("exponentials").asInt(), run.out());
  }

  @Test
  void tractable_whereItSaysNothing_isRefused() {
    for (String[] wrong :
        new String[][] {
          {"--tractable", "-o", model(".circuit")},
          {"--network", "4-6-3", "--tractable", "--tied", "-o", model(".json")},
          {"--network", "4-6-3", "--tractable", "-o", model(".safetensors")},
          {"--network", "4-6-3", "--tractable", "--gaussians", "0", "-o", model(".json")},
          {"--network", "4-6-3", "--gaussians", "2", "-o", model(".json")},
          {"--gaussians", "2", "-o", model(".circuit")},
          {"--network", "4-3", "--tractable", "-o", model(".json")},
          {"--network", "4-6-3", "--learn", "em", "-o", model(".json")}
        }) {
      Run refused = train(wrong);
      assertEquals(2, refused.status(), String.join(" ", wrong) + refused.err());
    }
  }
}
