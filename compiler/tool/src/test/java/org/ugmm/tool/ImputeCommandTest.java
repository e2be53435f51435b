package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.testdata.Golden;

class ImputeCommandTest {
  private static final String MODEL = Golden.find(Run.IRIS_CIRCUIT).toString();
  private static final String HEADER =
      "sepal_length,sepal_width,petal_length,petal_width,species\n";

  @TempDir Path folder;

  private static JsonNode posterior(String variable, String... given) {
    List<String> args = new ArrayList<>(List.of("query", MODEL, "--json", "--posterior", variable));
    for (String each : given) {
      args.add("--given");
      args.add(each);
    }
    Run run = Run.of(args.toArray(String[]::new));
    assertEquals(0, run.status(), run.err());
    return run.json().get("value");
  }

  private static double number(String[] header, String[] cells, String name) {
    return Double.parseDouble(cells[Arrays.asList(header).indexOf(name)]);
  }

  @Test
  void impute_mean_isThePosteriorThatQueryGives() {
    Run run =
        Run.withInput(HEADER + "5.1,,1.4,NA,?\n5.9,3.0,5.1,1.8,virginica\n", "impute", MODEL, "-");
    assertEquals(0, run.status(), run.err());
    String[] header = run.lines().get(0).split(",");
    assertEquals(
        HEADER.strip()
            + ",sepal_length:sd,sepal_width:sd,petal_length:sd,petal_width:sd"
            + ",species:probability,certificate,note",
        run.lines().get(0));
    String[] cells = run.lines().get(1).split(",", -1);
    String[] given = {"sepal_length=5.1", "petal_length=1.4"};
    for (String name : List.of("sepal_width", "petal_width")) {
      JsonNode expected = posterior(name, given);
      assertEquals(expected.get("mean").asDouble(), number(header, cells, name), 1e-12);
      assertEquals(
          Math.sqrt(expected.get("variance").asDouble()),
          number(header, cells, name + ":sd"),
          1e-9);
    }
    assertEquals("setosa", cells[4]);
    assertEquals(
        posterior("species", given).get("probabilities").get("setosa").asDouble(),
        number(header, cells, "species:probability"),
        1e-12);
    assertEquals("5.1", cells[0]);
    assertEquals("", cells[5]);
    assertEquals("EXACT", cells[10]);
    assertEquals("5.9,3.0,5.1,1.8,virginica,,,,,,EXACT,", run.lines().get(2));
    assertTrue(run.err().contains("2 rows (2 EXACT), 3 cells filled in 1 of them"), run.err());
  }

  /** Rows in bulk and rows alone: medians and modes come from single queries. */
  @Test
  void impute_manyRows_agreeHoweverTheyAreAsked() {
    Random random = new Random(7);
    StringBuilder text = new StringBuilder(HEADER);
    List<String> rows = iris();
    for (int r = 0; r < 1500; r++) {
      String[] cells = rows.get(r % rows.size()).split(",");
      for (int c = 0; c < cells.length; c++) {
        cells[c] = random.nextInt(3) == 0 ? "" : cells[c];
      }
      text.append(String.join(",", cells)).append('\n');
    }
    Run one = Run.withInput(text.toString(), "impute", MODEL, "-", "--threads", "1");
    Run three = Run.withInput(text.toString(), "impute", MODEL, "-", "--threads", "3");
    assertEquals(one.out(), three.out());
    Run alone =
        Run.withInput(
            text.toString(), "impute", MODEL, "-", "--with", "median", "--uncertainty", "columns");
    String[] header = one.lines().get(0).split(",");
    for (int r = 1; r <= 1500; r++) {
      String[] bulk = one.lines().get(r).split(",", -1);
      String[] single = alone.lines().get(r).split(",", -1);
      for (int c = 4; c < 10; c++) { // species and all columns of uncertainty
        if (c == 4 || bulk[c].isEmpty()) {
          assertEquals(bulk[c], single[c], header[c]);
        } else {
          assertEquals(Double.parseDouble(bulk[c]), Double.parseDouble(single[c]), 1e-9);
        }
      }
    }
  }

  private static List<String> iris() {
    try {
      List<String> lines = Files.readAllLines(Golden.find("data/iris.csv"));
      return lines.subList(1, lines.size());
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @Test
  void impute_otherValues_areThoseOfTheirQueries() {
    String row = HEADER + ",3.5,1.4,,\n";
    String median =
        Run.withInput(row, "impute", MODEL, "-", "--with", "median", "--uncertainty", "none")
            .lines()
            .get(1);
    String score =
        Run.withInput(row, "score", MODEL, "-", "--query", "quantiles=sepal_length:0.5")
            .lines()
            .get(1);
    assertEquals(score.split(",")[0], median.split(",")[0]);
    assertTrue(median.endsWith(",setosa,EXACT,"), median);
    String mpe =
        Run.withInput(row, "impute", MODEL, "-", "--with", "mpe", "--uncertainty", "none")
            .lines()
            .get(1);
    JsonNode best =
        Run.of(
                "query",
                MODEL,
                "--mpe",
                "--json",
                "--given",
                "sepal_width=3.5",
                "--given",
                "petal_length=1.4")
            .json()
            .get("value")
            .get("assignment");
    String[] cells = mpe.split(",", -1);
    assertEquals(best.get("sepal_length").asDouble(), Double.parseDouble(cells[0]));
    assertEquals(best.get("petal_width").asDouble(), Double.parseDouble(cells[3]));
    assertEquals(best.get("species").asText(), cells[4]);
    String mode = Run.withInput(row, "impute", MODEL, "-", "--with", "mode").lines().get(1);
    // the posterior is close to one Gaussian of setosa, whose mode is near its mean
    double mean =
        posterior("sepal_length", "sepal_width=3.5", "petal_length=1.4").get("mean").asDouble();
    assertEquals(mean, Double.parseDouble(mode.split(",")[0]), 0.2);
  }

  @Test
  void impute_draws_areSeededAndHaveTheMomentsOfThePosterior() {
    String rows = HEADER + "5.1,3.5,1.4,0.2,setosa\n,3.5,1.4,,\n";
    String[] args = {"impute", MODEL, "-", "--with", "draws=2000", "--seed", "5"};
    Run run = Run.withInput(rows, args);
    assertEquals(0, run.status(), run.err());
    assertEquals(4001, run.lines().size());
    assertTrue(run.lines().get(0).startsWith("draw,sepal_length,"));
    assertEquals(run.out(), Run.withInput(rows, args).out());
    args[6] = "6";
    assertNotEquals(run.out(), Run.withInput(rows, args).out());
    double sum = 0;
    double squares = 0;
    for (int d = 1; d <= 2000; d++) {
      assertTrue(run.lines().get(d).startsWith(d + ",5.1,3.5,1.4,0.2,setosa,"));
      String[] cells = run.lines().get(2000 + d).split(",", -1);
      assertEquals(String.valueOf(d), cells[0]);
      double x = Double.parseDouble(cells[1]);
      sum += x;
      squares += x * x;
    }
    JsonNode expected = posterior("sepal_length", "sepal_width=3.5", "petal_length=1.4");
    double variance = expected.get("variance").asDouble();
    assertEquals(expected.get("mean").asDouble(), sum / 2000, 5 * Math.sqrt(variance / 2000));
    assertEquals(variance, squares / 2000 - sum * sum / 4e6, 0.2 * variance);
  }

  @Test
  void impute_tableOfAnotherStyle_keepsAllThatIsKnown() throws IOException {
    Path data = folder.resolve("t.csv");
    Path out = folder.resolve("full.csv");
    String text =
        "Größe;sepal_length;petal_length; species ;sepal_width\r\n"
            + "\"a;b\";5,1;1,40;setosa;3,5\r\n"
            + "é;;5,10;;2,80\r\n";
    Files.write(data, text.getBytes(Charset.forName("windows-1252")));
    Run run = Run.of("impute", MODEL, data.toString(), "-o", out.toString(), "--json");
    assertEquals(0, run.status(), run.err());
    assertEquals(2, run.json().get("filledCells").asInt());
    assertEquals(1, run.json().get("filledRows").asInt());
    String[] lines =
        new String(Files.readAllBytes(out), Charset.forName("windows-1252")).split("\r\n");
    assertTrue(lines[0].startsWith("Größe;sepal_length;petal_length; species ;sepal_width;"));
    assertTrue(lines[1].startsWith("\"a;b\";5,1;1,40;setosa;3,5;;;;;EXACT;"), lines[1]);
    assertTrue(lines[2].matches("é;\\d,\\d+;5,10;(versicolor|virginica);2,80;.*"), lines[2]);
    assertTrue(run.err().contains("no column for petal_width"), run.err());
  }

  @Test
  void impute_badRows_stayAsTheyAreAndStopNoOther() {
    String rows = HEADER + "5.1,x,,0.2,setosa\n1,2\n5.1,,1.4,0.2,setosa\n";
    Run run = Run.withInput(rows, "impute", MODEL, "-", "--uncertainty", "none");
    assertEquals(0, run.status(), run.err());
    assertTrue(run.lines().get(1).startsWith("5.1,x,,0.2,setosa,ERROR,\"line 2, column 2: "));
    assertTrue(run.lines().get(2).startsWith("1,2,,,,ERROR,"), run.lines().get(2));
    assertTrue(run.lines().get(3).endsWith(",EXACT,"), run.lines().get(3));
    assertTrue(run.err().contains("2 rows in error, 0 refused"), run.err());
    assertEquals(3, Run.withInput(rows, "impute", MODEL, "-", "--strict").status());
  }

  @Test
  void impute_deepNetwork_fillsWhatIsExactAndRefusesTheRest() {
    String deep = Golden.find(Run.IRIS_DEEP).toString();
    Run run =
        Run.withInput(
            HEADER + "5.1,3.5,1.4,0.2,\n5.1,,1.4,0.2,setosa\n",
            "impute",
            deep,
            "-",
            "--uncertainty",
            "none");
    assertEquals("5.1,3.5,1.4,0.2,setosa,EXACT,", run.lines().get(1));
    assertTrue(run.lines().get(2).startsWith("5.1,,1.4,0.2,setosa,REFUSED,"), run.out());
  }

  @Test
  void impute_wrongOptions_areUsageErrors() {
    assertEquals(2, Run.withInput(HEADER, "impute", MODEL, "-", "--with", "zero").status());
    assertEquals(2, Run.withInput(HEADER, "impute", MODEL, "-", "--with", "draws=0").status());
    assertEquals(2, Run.withInput(HEADER, "impute", MODEL, "-", "--uncertainty", "x").status());
    assertEquals(2, Run.withInput(HEADER, "impute", MODEL, "-", "--json").status());
    assertEquals(2, Run.of("impute", MODEL).status());
  }

  @Test
  void impute_withoutHeader_namesTheVariables() {
    Run run =
        Run.withInput(
            "5.1,3.5,1.4,0.2,\n", "impute", MODEL, "-", "--no-header", "--uncertainty", "none");
    assertArrayEquals(
        new String[] {HEADER.strip() + ",certificate,note", "5.1,3.5,1.4,0.2,setosa,EXACT,"},
        run.lines().toArray());
  }
}
