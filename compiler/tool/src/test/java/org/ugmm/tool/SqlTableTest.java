package org.ugmm.tool;

import static java.util.Objects.requireNonNull;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.testdata.Golden;
import org.ugmm.tool.table.SqlTable;
import org.ugmm.tool.table.TableStyle;

/** Tables in Parquet files and DuckDB databases; those that need the driver run where it is. */
class SqlTableTest {
  private static final String CIRCUIT = "@" + Run.IRIS_CIRCUIT;

  private static final String HOLES =
      "id;petal_length;petal_width;species;note\n"
          + "007;1,4;;;a \"b\", c\n008;;0,2;setosa;\n009;5,1;2,1;virginica;é\n";

  @TempDir Path folder;

  private static void assumeDriver() {
    assumeTrue(
        DriverManager.drivers().anyMatch(d -> d.getClass().getName().contains("duckdb")),
        "no duckdb_jdbc on the class path; mvn -Pduckdb has it");
  }

  private String path(String name) {
    return folder.resolve(name).toString();
  }

  private static void run(String... args) {
    Run run = Run.of(args);
    assertEquals(0, run.status(), run.err());
  }

  private static String query(String sql) throws SQLException {
    StringBuilder all = new StringBuilder();
    try (Connection connection = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.execute(sql) ? statement.getResultSet() : null) {
      if (rows == null) {
        return "";
      }
      int columns = rows.getMetaData().getColumnCount();
      while (rows.next()) {
        for (int c = 1; c <= columns; c++) {
          all.append(c == 1 ? "" : "|").append(rows.getString(c));
        }
        all.append('\n');
      }
    }
    return all.toString();
  }

  @Test
  void parquet_writtenAndRead_isTheTableOfTheCommand() throws Exception {
    assumeDriver();
    for (boolean isUtf8 : new boolean[] {true, false}) {
      Path holes = folder.resolve("holes.csv");
      Files.writeString(
          holes, HOLES, isUtf8 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1);
      String parquet = path("full.parquet");
      run("impute", CIRCUIT, holes.toString(), "-o", parquet, "--quiet");
      assertEquals(
          "VARCHAR|DOUBLE|DOUBLE|VARCHAR|VARCHAR\n",
          query(
              "SELECT DISTINCT typeof(id), typeof(petal_length), typeof(petal_width), typeof(species), typeof(\"note\") FROM '%s'"
                  .formatted(parquet)));
      assertEquals(
          "007|1.4|setosa|a \"b\", c\n009|5.1|virginica|é\n",
          query(
              "SELECT id, petal_length, species, \"note\" FROM '%s' WHERE id <> '008'"
                  .formatted(parquet)));
    }
  }

  @Test
  void output_thatIsRead_isRefusedAndKept() throws Exception {
    assumeDriver();
    String iris = Golden.find("data/iris.csv").toString();
    String parquet = path("kept.parquet");
    query("COPY (SELECT * FROM read_csv('%s')) TO '%s' (FORMAT parquet)".formatted(iris, parquet));
    byte[] before = Files.readAllBytes(Path.of(parquet));
    Run result = Run.of("score", CIRCUIT, parquet, "--query", "class", "-o", parquet);
    assertEquals(2, result.status(), result.err());
    assertTrue(result.err().contains("is the same file as"), result.err());
    assertArrayEquals(before, Files.readAllBytes(Path.of(parquet)));
  }

  @Test
  void file_replaced_keepsItsPermissions() throws Exception {
    assumeDriver();
    String iris = Golden.find("data/iris.csv").toString();
    for (String output : new String[] {"private.parquet", "private.duckdb,answers"}) {
      Path file = folder.resolve(output.replace(",answers", ""));
      String[] score = {"score", CIRCUIT, iris, "--query", "class", "-o", path(output)};
      run(score);
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r----x"));
      run(score);
      assertEquals("rw-r----x", PosixFilePermissions.toString(Files.getPosixFilePermissions(file)));
    }
  }

  @Test
  void numbers_minusInfinityAmongThem_areNumbers() throws Exception {
    assumeDriver();
    Path csv = folder.resolve("logs.csv");
    Files.writeString(csv, "x\n-1.5\n-Infinity\n");
    String parquet = path("logs.parquet");
    requireNonNull(SqlTable.of(Path.of(parquet))).write(csv, TableStyle.PLAIN);
    assertEquals("DOUBLE\n", query("SELECT DISTINCT typeof(x) FROM '%s'".formatted(parquet)));
  }

  @Test
  void parquet_inThePlaceOfCsv_givesTheSameAnswers() throws Exception {
    assumeDriver();
    String iris = Golden.find("data/iris.csv").toString();
    String parquet = path("iris.parquet");
    query("COPY (SELECT * FROM read_csv('%s')) TO '%s' (FORMAT parquet)".formatted(iris, parquet));
    for (String query : new String[] {"class", "marginal"}) {
      assertEquals(
          Run.of("score", CIRCUIT, iris, "--query", query).out(),
          Run.of("score", CIRCUIT, parquet, "--query", query).out());
    }
    assertEquals(
        Run.of("check", CIRCUIT, iris, "--json").out(),
        Run.of("check", CIRCUIT, parquet, "--json").out());
    assertEquals(
        Run.of("train", iris, "--dry-run", "--quiet").out(),
        Run.of("train", parquet, "--dry-run", "--quiet").out());
    String scores = path("scores.parquet");
    run("score", CIRCUIT, parquet, "--query", "marginal", "-o", scores, "--quiet");
    double sum = Double.parseDouble(query("SELECT sum(logMarginal) FROM '%s'".formatted(scores)));
    double expected =
        Run.of("score", CIRCUIT, iris, "--query", "marginal").lines().stream()
            .skip(1)
            .mapToDouble(line -> Double.parseDouble(line.substring(0, line.indexOf(','))))
            .sum();
    assertEquals(expected, sum, 1e-9);
    run("check", CIRCUIT, parquet, "-o", path("tails.parquet"), "--quiet");
    assertEquals("150\n", query("SELECT count(*) FROM '%s'".formatted(path("tails.parquet"))));
  }

  @Test
  void database_tables_areReadByNameAndReplacedAlone() throws Exception {
    assumeDriver();
    String iris = Golden.find("data/iris.csv").toString();
    String base = path("b.duckdb");
    run("score", CIRCUIT, iris, "--query", "class", "-o", base + ",answers", "--quiet");
    run("score", CIRCUIT, iris, "--query", "class", "-o", base + ",answers", "--quiet");
    Run one = Run.of("train", base, "--dry-run", "--quiet");
    assertEquals(0, one.status(), one.err());
    assertTrue(one.out().contains("150 rows"), one.out());
    run("impute", CIRCUIT, iris, "-o", base + ",full table", "--quiet");
    Run full = Run.of("score", CIRCUIT, base + ",full table", "--query", "class", "--quiet");
    assertEquals(Run.of("score", CIRCUIT, iris, "--query", "class").out(), full.out());
    Run two = Run.of("score", CIRCUIT, base, "--query", "class");
    assertEquals(3, two.status());
    assertTrue(two.err().contains("has 2 tables; expected") && two.err().contains("answers"));
    Run none = Run.of("score", CIRCUIT, base + ",rose", "--query", "class");
    assertTrue(none.err().contains("has no table 'rose'"), none.err());
    Run unnamed = Run.of("score", CIRCUIT, iris, "--query", "class", "-o", base);
    assertEquals(2, unnamed.status());
    assertTrue(unnamed.err().contains("b.duckdb,TABLE"), unnamed.err());
  }

  @Test
  void file_missingOrBroken_isSaid() throws Exception {
    assumeDriver();
    Run missing = Run.of("score", CIRCUIT, path("no.parquet"), "--query", "class");
    assertEquals(3, missing.status());
    assertTrue(missing.err().contains("no such file"), missing.err());
    Path broken = Files.writeString(folder.resolve("broken.parquet"), "a,b\n1,2\n");
    Run run = Run.of("score", CIRCUIT, broken.toString(), "--query", "class");
    assertEquals(3, run.status(), run.err());
    assertTrue(run.err().contains("broken.parquet: cannot be read"), run.err());
    assertEquals(1, run.err().lines().count(), run.err());
  }

  @Test
  void driver_notOnThePath_isAskedFor() throws Exception {
    Path file = Files.writeString(folder.resolve("t.parquet"), "PAR1");
    String without =
        Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(jar -> !jar.contains("duckdb"))
            .collect(Collectors.joining(File.pathSeparator));
    Process process =
        new ProcessBuilder(
                System.getProperty("java.home") + "/bin/java",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                without,
                "org.ugmm.tool.Main",
                "score",
                Golden.find(Run.IRIS_CIRCUIT).toString(),
                file.toString(),
                "--query",
                "class")
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(2, process.waitFor(), said);
    assertTrue(said.contains("UGMM_CLASSPATH"), said);
    assertFalse(said.contains("\tat "), said);
  }
}
