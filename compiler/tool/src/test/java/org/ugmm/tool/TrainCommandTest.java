package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.engine.Circuit;

final class TrainCommandTest {
  private static final String PENGUINS = "@data/penguins.csv";

  @TempDir private Path folder;

  private Run train(String... more) {
    String[] args = new String[more.length + 7];
    args[0] = "train";
    args[1] = "--epochs";
    args[2] = "3";
    args[3] = "--budget";
    args[4] = "1e6";
    args[5] = "--threads";
    args[6] = "1";
    System.arraycopy(more, 0, args, 7, more.length);
    return Run.of(args);
  }

  private Path table(String text) throws IOException {
    return Files.writeString(folder.resolve("table.csv"), text);
  }

  private String model() {
    return folder.resolve("model.circuit").toString();
  }

  @Test
  void output_thatCannotBeWritten_isSaidBeforeLearning() throws Exception {
    String data = Files.writeString(folder.resolve("few.csv"), "x,y\n1.5,2\n2.5,3\n").toString();
    String[] outputs = {folder.toString(), folder.resolve("none/m.circuit").toString(), data};
    String[] reasons = {"is a folder", "its folder does not exist", "is the same file as"};
    for (int i = 0; i < outputs.length; i++) {
      Run run = train(data, "-o", outputs[i]);
      assertEquals(i == 2 ? 2 : 1, run.status(), run.err());
      assertTrue(run.err().contains(reasons[i]), run.err());
      assertEquals("", run.out());
    }
    Run below = train(data, "-o", data + "/m.circuit");
    assertTrue(
        below.err().endsWith("m.circuit: cannot be written: Not a directory\n"), below.err());
    try (Stream<Path> left = Files.list(folder)) {
      assertEquals(List.of("few.csv"), left.map(f -> f.getFileName().toString()).toList());
    }
  }

  @Test
  void a_table_with_holes_becomes_a_classifier() {
    Run trained = train(PENGUINS, "--class", "species", "-o", model());
    assertEquals(0, trained.status(), trained.err());
    assertTrue(trained.out().contains("independent by class"), trained.out());
    assertTrue(trained.out().contains("344 rows kept back"), trained.out());
    assertTrue(trained.out().contains("95 % confidence"), trained.out());
    assertFalse(Files.exists(folder.resolve("model.circuit.train")));
    Run scored = Run.of("score", model(), PENGUINS, "--query", "class", "--summary", "--json");
    assertEquals(0, scored.status(), scored.err());
    assertTrue(scored.json().get("accuracy").asDouble() > 0.95, scored.out());
    Run inspected = Run.of("inspect", model());
    assertTrue(inspected.out().contains("dataSha256"), inspected.out());
    JsonNode card = Run.of("inspect", model(), "--json").json().get("card");
    assertEquals(1, card.get("seed").asInt());
    assertEquals("species", card.get("class").asText());
    assertEquals(8, card.get("columns").size());
    Run asked = Run.of("query", model(), "--given", "body_mass_g=5500", "--posterior", "species");
    assertEquals(0, asked.status(), asked.err());
  }

  @Test
  void json_is_one_document_with_the_facts() {
    Run trained =
        train(PENGUINS, "--json", "-o", model(), "--structure", "mixture", "--states", "2");
    assertEquals(0, trained.status(), trained.err());
    JsonNode json = trained.json();
    assertEquals(344, json.get("rows").asInt());
    assertEquals(64, json.get("dataSha256").asText().length());
    assertEquals(8, json.get("bits").size());
    assertEquals("mixture K=2", json.get("candidates").get(1).get("label").asText());
    assertTrue(json.get("valid").asDouble() > json.get("baseline").asDouble());
  }

  /** The price of full covariances is said, and the remedy that it names works. */
  @Test
  void full_covariances_say_what_they_cost() throws IOException {
    SplittableRandom random = new SplittableRandom(7);
    StringBuilder text = new StringBuilder("x,y,z\n");
    for (int r = 0; r < 200; r++) {
      double x = random.nextDouble();
      double y = random.nextDouble();
      text.append("%s,%s,%s%n".formatted(x, y, x - y + 0.02 * random.nextDouble()));
    }
    String data = table(text.toString()).toString();
    String[] options = {"train", data, "--budget", "3e7", "--epochs", "3", "-o", model()};
    Run trained = Run.of(options);
    assertEquals(0, trained.status(), trained.err());
    assertTrue(trained.out().contains("full covariances: "), trained.out());
    assertTrue(trained.out().contains("--structure univariate"), trained.out());
    String[] json = Arrays.copyOf(options, options.length + 1);
    json[options.length] = "--json";
    JsonNode price = Run.of(json).json().get("fullCovariances");
    assertTrue(price.get("gain").asDouble() > 2 * price.get("standardError").asDouble());
    assertTrue(Run.of("inspect", model()).out().contains("full covariances: "));
    JsonNode inspected = Run.of("inspect", model(), "--json").json();
    assertEquals(price.get("price").asText(), inspected.get("fullCovariances").asText());
    String[][] refused = {
      {"query", model(), "--given", "x=[0,0.5]", "--given", "y=[0,0.5]", "--marginal"},
      {"query", model(), "--given", "x=[0,0.5]", "--posterior", "z"},
      {"query", model(), "--where", "x < 0.5 and y < 0.5", "--marginal"},
      {"query", model(), "--map", "x"},
    };
    for (String[] query : refused) {
      Run run = Run.of(query);
      assertEquals(4, run.status(), String.join(" ", query) + run.out());
      assertTrue(run.err().contains("ugmm train --structure univariate"), run.err());
    }
    Run univariate = train(data, "--structure", "univariate", "-o", model());
    assertEquals(0, univariate.status(), univariate.err());
    assertFalse(univariate.out().contains("full covariances"), univariate.out());
    assertFalse(Run.of("inspect", model()).out().contains("full covariances"));
    for (String[] query : refused) {
      Run run = Run.of(query);
      assertEquals(0, run.status(), run.err());
    }
  }

  @Test
  void a_dry_run_shows_the_kinds() throws IOException {
    StringBuilder text = new StringBuilder("id,name,amount,level,empty,always,mostly\n");
    for (int r = 0; r < 40; r++) {
      text.append(
          "%d,name%d,%s,%d,,7,%s%n".formatted(r + 1, r, r * 0.3, r % 3, r == 5 ? "x" : r * 9));
    }
    Run run = train(table(text.toString()).toString(), "--dry-run", "--json");
    assertEquals(0, run.status(), run.err());
    String[] kinds = {"id", "id", "real", "categorical", "id", "real", "real"};
    for (int i = 0; i < kinds.length; i++) {
      JsonNode column = run.json().get("columns").get(i);
      assertEquals(kinds[i], column.get("kind").asText(), column.toString());
    }
    assertTrue(run.err().contains("column 'empty' has no value at all and is left out"), run.err());
    assertTrue(run.err().contains("column 'always' has one value only"), run.err());
    assertTrue(run.err().contains("column 'mostly': 1 cells are no numbers"), run.err());
    assertTrue(run.err().contains("--kinds name=categorical|real keeps it"), run.err());
    assertEquals(5, run.err().lines().count(), run.err());
    Run declared =
        train(
            folder.resolve("table.csv").toString(),
            "--dry-run",
            "--json",
            "--kinds",
            "level=real,amount=id");
    assertEquals("real", declared.json().get("columns").get(3).get("kind").asText());
    assertEquals("id", declared.json().get("columns").get(2).get("kind").asText());
  }

  /** Whole numbers with gaps, or with a rare last one, are amounts: others may come. */
  @Test
  void whole_numbers_are_states_only_where_they_look_like_all_of_them() throws IOException {
    StringBuilder text = new StringBuilder("grade,gap,tail,flag,far,c\n");
    for (int r = 0; r < 60; r++) {
      text.append(
          "%d,%d,%d,%d,%s,%s%n"
              .formatted(
                  r % 4,
                  r % 4 == 3 ? 8 : r % 4,
                  r == 5 ? 4 : r % 4,
                  r == 7 ? 1 : 0,
                  r * 0.3e11,
                  r == 9 ? "odd" : "even"));
    }
    Run run = train(table(text.toString()).toString(), "--dry-run", "--json", "--class", "c");
    assertEquals(0, run.status(), run.err());
    String[] kinds = {"categorical", "real", "real", "categorical", "real", "categorical"};
    for (int i = 0; i < kinds.length; i++) {
      JsonNode column = run.json().get("columns").get(i);
      boolean isState = column.get("kind").asText().equals("categorical");
      assertEquals(kinds[i].equals("categorical"), isState, column.toString());
    }
    assertTrue(run.err().contains("the class 'c' is 'odd' in one row only"), run.err());
    assertTrue(run.err().contains("column 'far' has values up to 1770000000000"), run.err());
    assertTrue(run.err().contains("--kinds NAME=count learns them as counts"), run.err());
    assertEquals(3, run.err().lines().count(), run.err());
    Run few = train(table("a,c\n1.5,x\n2,x\n3,x\n").toString(), "--dry-run", "--class", "c");
    assertTrue(few.err().contains("3 rows are few"), few.err());
    assertTrue(few.err().contains("the class 'c' has one value only"), few.err());
  }

  @Test
  void a_count_is_learned_as_one() throws IOException {
    SplittableRandom random = new SplittableRandom(3);
    StringBuilder text = new StringBuilder("group,visits,depth\n");
    for (int r = 0; r < 120; r++) {
      int visits = random.nextInt(12) + (r % 2) * 20;
      text.append("%s,%s,%d%n".formatted(r % 2 == 0 ? "a" : "b", visits, -visits));
    }
    String table = table(text.toString()).toString();
    Run asReal = train(table, "--dry-run", "--json");
    assertTrue(asReal.err().contains("--kinds NAME=count learns them"), asReal.err());
    Run trained = train(table, "--kinds", "visits=count", "-o", model(), "--structure", "mixture");
    assertEquals(0, trained.status(), trained.err());
    assertFalse(trained.err().contains("--kinds NAME=count"), trained.err());
    JsonNode posterior =
        Run.of("query", model(), "--given", "group=b", "--posterior", "visits", "--json")
            .json()
            .get("value");
    assertEquals("count", posterior.get("kind").asText());
    assertTrue(posterior.get("components").size() > 0, posterior.toString());
    assertEquals(25.5, posterior.get("mean").asDouble(), 2);
    Run wrong = Run.of("query", model(), "--given", "visits=2.5", "--marginal");
    assertEquals(3, wrong.status(), wrong.err());
    Run refused = train(table, "--kinds", "depth=count", "-o", model());
    assertEquals(3, refused.status(), refused.err());
    assertTrue(refused.err().contains("has cells that are not 0, 1, 2, ..."), refused.err());
  }

  /** Only numbers with a tail are taken for counts, and neither codes nor the levels of a scale. */
  @Test
  void counts_are_found_where_codes_and_levels_are_not() throws IOException {
    SplittableRandom random = new SplittableRandom(4);
    StringBuilder text = new StringBuilder("visits,code,score,l1,l2,l3,label\n");
    for (int r = 0; r < 400; r++) {
      int[] levels = random.ints(3, 0, 3).map(x -> x == 2 ? 16 : random.nextInt(17)).toArray();
      text.append(
          "%d,%d,%d,%d,%d,%d,%d%n"
              .formatted(
                  (int) (-3 * Math.log(1 - random.nextDouble())),
                  random.nextInt(30),
                  random.nextInt(101),
                  levels[0],
                  levels[1],
                  levels[2],
                  random.nextInt(3)));
    }
    String table = table(text.toString()).toString();
    Run found = train(table, "-o", model(), "--structure", "mixture");
    assertEquals(0, found.status(), found.err());
    assertTrue(found.err().contains("--kinds NAME=real learns them as reals: visits"), found.err());
    Run dry = train(table, "--dry-run", "--json");
    String[] kinds = {"count", "real", "real", "real", "real", "real", "categorical"};
    for (int i = 0; i < kinds.length; i++) {
      JsonNode column = dry.json().get("columns").get(i);
      assertEquals(kinds[i], column.get("kind").asText(), column.toString());
    }
    Run asked = Run.of("query", model(), "--posterior", "visits", "--json");
    assertEquals("count", asked.json().get("value").get("kind").asText(), asked.out());
    Run declared = train(table, "--dry-run", "--json", "--kinds", "visits=real");
    assertEquals("real", declared.json().get("columns").get(0).get("kind").asText());
    assertFalse(declared.err().contains("visits"), declared.err());
  }

  @Test
  void numbers_too_large_to_be_squared_and_weights_of_zero_are_named() throws IOException {
    StringBuilder text = new StringBuilder("a,b,w\n");
    for (int r = 0; r < 30; r++) {
      text.append("%de299,%d.5,0%n".formatted(r, r % 7));
    }
    String table = table(text.toString()).toString();
    Run trained = train(table, "-o", model(), "--structure", "mixture", "--kinds", "w=id");
    assertEquals(0, trained.status(), trained.err());
    assertTrue(trained.err().contains("'a' has values up to 2.9E300, too large"), trained.err());
    assertTrue(trained.err().contains("and is left out"), trained.err());
    Run declared = train(table, "-o", model(), "--kinds", "a=real,w=id");
    assertEquals(3, declared.status(), declared.err());
    Run weightless = train(table, "-o", model(), "--weights", "w");
    assertEquals(3, weightless.status(), weightless.err());
    assertTrue(weightless.err().contains("all weights in column 'w' are 0"), weightless.err());
  }

  @Test
  void a_card_that_is_no_json_is_shown_as_text() throws IOException {
    train(PENGUINS, "-o", model(), "--structure", "independent");
    Path file = folder.resolve("model.circuit");
    for (String card : new String[] {"{\"a\": [1,", "hello", "[1]", "{} {}", ""}) {
      Circuit.load(file).withCard(card).save(file);
      assertEquals(0, Run.of("inspect", model()).status(), card);
      Run json = Run.of("inspect", model(), "--json");
      assertEquals(0, json.status(), json.err());
      assertEquals(!card.isEmpty(), json.json().has("card"), card);
    }
  }

  @Test
  void weights_count_rows() throws IOException {
    Path data = table("x,w\n1,1\n1,1\n1,1\n2,0\n2,0\n1.5,3\n");
    Run run = train(data.toString(), "--weights", "w", "-o", model(), "--structure", "independent");
    assertEquals(0, run.status(), run.err());
    Run asked = Run.of("query", model(), "--posterior", "x", "--json");
    assertEquals(1.25, asked.json().findValue("mean").asDouble(), 0.05);
  }

  @Test
  void what_cannot_be_learned_is_refused_with_advice() throws IOException {
    StringBuilder text = new StringBuilder("when,x\n");
    for (int r = 0; r < 20; r++) {
      text.append("2024-01-%02d,%d%n".formatted(r + 1, r % 7));
    }
    String dates = table(text.toString()).toString();
    Run refused = train(dates, "-o", model());
    assertEquals(3, refused.status());
    assertTrue(refused.err().contains("holds dates such as '2024-01-01'"), refused.err());
    assertTrue(refused.err().contains("--kinds when=id"), refused.err());
    assertEquals(0, train(dates, "-o", model(), "--kinds", "when=id").status());
    Run unknown = train(dates, "-o", model(), "--class", "y");
    assertEquals(3, unknown.status());
    assertTrue(unknown.err().contains("no column 'y'; the columns are when, x"), unknown.err());
    assertEquals(2, train(dates).status());
    assertEquals(2, train(dates, "-o", model(), "--states", "0").status());
    assertEquals(2, train(dates, "-o", model(), "--structure", "cube").status());
    assertEquals(2, train(dates, "-o", model(), "--valid", "1.5").status());
    assertEquals(3, train(dates, "-o", model(), "--valid", "nowhere.csv").status());
    assertEquals(3, train(table("x\n").toString(), "-o", model()).status());
  }

  @Test
  void a_model_is_learned_on() throws IOException {
    Path first = table("x,y\n1,a\n2,b\n1.1,a\n2.2,b\n0.9,a\n1.9,b\n");
    assertEquals(0, train(first.toString(), "-o", model(), "--states", "2").status());
    String on = folder.resolve("on.circuit").toString();
    Path second = table("x,y\n5,a\n7,b\n5.1,a\n7.2,b\n4.9,a\n6.9,b\n");
    Run run = train(second.toString(), "-o", on, "--start", model());
    assertEquals(0, run.status(), run.err());
    assertTrue(run.out().contains("learned on"), run.out());
    double mean =
        Run.of("query", on, "--posterior", "x", "--json").json().findValue("mean").asDouble();
    assertTrue(mean > 4, "mean " + mean);
  }
}
