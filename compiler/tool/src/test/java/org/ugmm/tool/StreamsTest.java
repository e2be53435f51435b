package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.testdata.Golden;
import org.ugmm.tool.out.StandardOutput;

/** What comes in slowly, and what cannot go out. */
class StreamsTest {
  private static final String MODEL = Golden.find(Run.IRIS_CIRCUIT).toString();

  @TempDir Path folder;

  /** An output that is full. */
  private static final class Full extends OutputStream {
    private final String why;

    Full(String why) {
      this.why = why;
    }

    @Override
    public void write(int b) throws IOException {
      throw new IOException(why);
    }
  }

  private static int run(InputStream in, OutputStream out, OutputStream err, String... args) {
    PrintStream messages = new PrintStream(err, true, StandardCharsets.UTF_8);
    return Main.run(
        new Console(in, StandardOutput.over(out), messages, false, false, StandardOutput.UNLIMITED),
        args);
  }

  @Test
  void slowInput_eachRow_isAnsweredBeforeTheNextOne() throws Exception {
    PipedOutputStream keys = new PipedOutputStream();
    PipedInputStream in = new PipedInputStream(keys);
    PipedInputStream answers = new PipedInputStream();
    PipedOutputStream out = new PipedOutputStream(answers);
    CompletableFuture<Integer> status =
        CompletableFuture.supplyAsync(
            () ->
                run(
                    in,
                    out,
                    OutputStream.nullOutputStream(),
                    "score",
                    MODEL,
                    "-",
                    "--query",
                    "marginal",
                    "--quiet"));
    keys.write("sepal_length\n5.1\n".getBytes(StandardCharsets.UTF_8));
    keys.flush();
    assertEquals("logMarginal,certificate,note", line(answers));
    assertTrue(line(answers).startsWith("-0.897"), "first row");
    keys.write("5.2\n".getBytes(StandardCharsets.UTF_8));
    keys.flush();
    assertTrue(line(answers).startsWith("-0.918"), "second row, before the end of the input");
    keys.close();
    assertEquals(0, status.get(60, TimeUnit.SECONDS));
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c >= 0 && c != '\n'; c = in.read()) {
      line.append((char) c);
    }
    return line.toString();
  }

  @Test
  void output_thatCannotBeWritten_isOneAndSaysSo() {
    for (String[] args :
        new String[][] {
          {"query", MODEL, "--marginal"},
          {"inspect", MODEL},
          {"score", MODEL, Golden.find("data/iris.csv").toString(), "--query", "marginal"},
          {"--help"}
        }) {
      ByteArrayOutputStream err = new ByteArrayOutputStream();
      assertEquals(1, run(InputStream.nullInputStream(), new Full("No space left"), err, args));
      assertEquals(
          "ugmm: standard output: cannot be written: No space left\n",
          err.toString(StandardCharsets.UTF_8));
    }
  }

  @Test
  void outputFile_onAFullDevice_isOneAndSaysSo() {
    Path full = Path.of("/dev/full");
    Assumptions.assumeTrue(Files.isWritable(full), "no /dev/full here");
    Run run =
        Run.of("score", MODEL, "@data/iris.csv", "--query", "marginal", "-o", full.toString());
    assertEquals(1, run.status());
    assertEquals("ugmm: /dev/full: cannot be written: No space left on device\n", run.err());
  }

  /** As {@code ugmm score ... | head -1}: an input without end comes to one all the same. */
  @Test
  void reader_thatHasGone_endsTheWorkWithoutWords() {
    InputStream endless =
        new InputStream() {
          private final byte[] rows = "sepal_length\n5.1\n".getBytes(StandardCharsets.UTF_8);
          private long at;

          @Override
          public int read() {
            return rows[(int) (at < rows.length ? at++ : rows.length - 4 + at++ % 4)];
          }

          @Override
          public int available() {
            return 1;
          }
        };
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int status =
        run(
            endless,
            new Full("Broken pipe"),
            err,
            "score",
            MODEL,
            "-",
            "--query",
            "marginal",
            "--quiet");
    assertEquals(1, status);
    assertEquals("", err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void outputFile_thatIsRead_isRefusedAndAnotherKeepsItsMode() throws IOException {
    Path data = folder.resolve("d.csv");
    Files.writeString(data, "sepal_length\n5.1\n");
    Path link = Files.createSymbolicLink(folder.resolve("l.csv"), data);
    Run same =
        Run.of("score", MODEL, data.toString(), "--query", "marginal", "-o", link.toString());
    assertEquals(2, same.status());
    assertTrue(same.err().contains("is the same file as"), same.err());
    assertEquals("sepal_length\n5.1\n", Files.readString(data));
    Path out = Files.writeString(folder.resolve("o.csv"), "old\n");
    Files.setPosixFilePermissions(out, PosixFilePermissions.fromString("rw-r----x"));
    assertEquals(
        0,
        Run.of("score", MODEL, data.toString(), "--query", "marginal", "-o", out.toString())
            .status());
    assertEquals("rw-r----x", PosixFilePermissions.toString(Files.getPosixFilePermissions(out)));
    Run dash = Run.of("score", MODEL, data.toString(), "--query", "marginal", "-o", "-");
    assertEquals(Files.readString(out), dash.out());
    byte[] input = Files.readAllBytes(data);
    assertEquals(
        0,
        run(
            new ByteArrayInputStream(input),
            OutputStream.nullOutputStream(),
            OutputStream.nullOutputStream(),
            "score",
            MODEL,
            "-",
            "--query",
            "marginal"));
  }
}
