package org.ugmm.tool;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.ugmm.tool.mcp.McpModel;
import org.ugmm.tool.mcp.McpService;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code ugmm mcp}: answers an agent over the Model Context Protocol. */
@Command(
    name = "mcp",
    description =
        "Answers an agent's calls over the Model Context Protocol, on standard input and"
            + " output.",
    mixinStandardHelpOptions = true,
    versionProvider = Main.Version.class,
    sortOptions = false,
    footer = {"", "Ends when standard input ends and what was asked is answered."})
@SuppressWarnings("NullAway.Init") // picocli sets the fields
final class McpCommand implements Callable<Integer> {
  @Parameters(
      paramLabel = "MODEL",
      arity = "1..*",
      description =
          "The models, files of any format that is read; NAME=FILE gives a model another name than"
              + " that of its file.")
  private List<String> models;

  @Mixin private CommonOptions common;

  private final Console console;

  McpCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    List<McpModel> loaded = new ArrayList<>();
    for (NamedFile model : NamedFile.all(models)) {
      loaded.add(
          new McpModel(model.name(), common.compile(model.file(), List.of()), common.inference()));
    }
    McpService.serve(loaded, Main.version(), console.in(), console.out());
    return 0;
  }
}
