# The command line with all of its extras:
#   docker build --tag mdm-osupdate .
#   docker run --rm --volume "$PWD:/work" mdm-osupdate check .
FROM python:3.13-slim AS build
COPY pyproject.toml README.md LICENSE /source/
COPY src /source/src
RUN pip install --no-cache-dir --prefix /install '/source[cli,testing,simulate]'

FROM python:3.13-slim
COPY --from=build /install /usr/local
RUN useradd --create-home user
USER user
WORKDIR /work
ENTRYPOINT ["mdm-osupdate"]
CMD ["--help"]
