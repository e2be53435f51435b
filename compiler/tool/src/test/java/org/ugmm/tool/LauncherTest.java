package org.ugmm.tool;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.ugmm.testdata.Golden;

/** The shell script that starts the command, with a java that prints how it was called. */
class LauncherTest {
  @TempDir Path folder;
  private Path launcher;

  @BeforeEach
  void install() throws IOException {
    Path source =
        Golden.find("models").getParent().resolveSibling("compiler/tool/src/main/launcher/ugmm");
    launcher = Files.copy(source, folder.resolve("ugmm"));
    Files.writeString(folder.resolve("ugmm.jar"), "");
    Path bin = Files.createDirectories(folder.resolve("jdk/bin"));
    Path java =
        Files.writeString(
            bin.resolve("java"), "#!/bin/sh\necho \"LC_ALL=$LC_ALL\"\nprintf '%s\\n' \"$@\"\n");
    assertTrue(java.toFile().setExecutable(true));
    release("17.0.15");
  }

  private void release(String version) throws IOException {
    Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"" + version + "\"\n");
  }

  private List<String> run(Map<String, String> environment, String... args) throws Exception {
    List<String> command = new ArrayList<>(List.of("sh", launcher.toString()));
    command.addAll(List.of(args));
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().keySet().removeIf(key -> key.startsWith("LC_") || key.equals("LANG"));
    builder.environment().put("JAVA_HOME", folder.resolve("jdk").toString());
    builder.environment().putAll(environment);
    Process process = builder.start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return out.lines().toList();
  }

  @Test
  void locale_noneOrAscii_becomesUtf8() throws Exception {
    assertEquals("LC_ALL=C.UTF-8", run(Map.of(), "query").get(0));
    assertEquals("LC_ALL=C.UTF-8", run(Map.of("LC_ALL", "C"), "query").get(0));
    assertEquals("LC_ALL=C.UTF-8", run(Map.of("LANG", "xx_YY.utf8"), "score").get(0));
    assertEquals("LC_ALL=", run(Map.of("LANG", "de_DE.ISO-8859-1"), "query").get(0));
  }

  @Test
  void commands_thatEvaluateManyRows_getTheVectorApi() throws Exception {
    assertTrue(run(Map.of(), "score").contains("--add-modules=jdk.incubator.vector"));
    assertTrue(run(Map.of(), "train").contains("--add-modules=jdk.incubator.vector"));
    List<String> query = run(Map.of(), "query", "a b", "ü");
    assertFalse(query.contains("--add-modules=jdk.incubator.vector"), query.toString());
    assertEquals(List.of("query", "a b", "ü"), query.subList(query.size() - 3, query.size()));
  }

  @Test
  void java_tooOld_isSaid() throws Exception {
    release("11.0.2");
    List<String> lines = run(Map.of(), "query");
    assertTrue(lines.get(0).contains("expected Java 17 or later, found 11.0.2"), lines.toString());
  }
}
