.DEFAULT_GOAL := help
.PHONY: help run test lint soak bench

help: ## 显示可用的命令 / what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

run: ## 安装缺少的东西并启动整个门户（PORT=8000）/ install what is missing and start everything
	@exec scripts/run

test: ## 全部检查与测试 / lint, types, layers, migrations, unit, contract and browser tests
	@exec scripts/test

lint: ## 只做静态检查 / only the checks that need no database
	@exec scripts/lint

soak: ## 长时间故障与规模测试 / long faults and scale
	@exec scripts/suite soak

bench: ## 性能测量 / measurements
	@exec scripts/suite bench
